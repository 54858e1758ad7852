"""Matching: chooses a style's parts and colours for a face."""
