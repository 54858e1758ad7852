"""Trained emoji generators in use: draw new emoji, draw a label, morph between two."""
