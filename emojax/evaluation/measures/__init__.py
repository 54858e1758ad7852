"""Measures of arrays: distribution distances, copying, similarity, texture, segmentation scores."""
