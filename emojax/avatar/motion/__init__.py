"""Faces in motion: a clip's face is followed, and an avatar follows it."""
