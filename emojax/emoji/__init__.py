"""Trained emoji generators: draw new emoji, draw a label, morph between two."""
