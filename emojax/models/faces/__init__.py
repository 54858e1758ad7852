"""Nets on the face parser's features."""
