"""Training of face parsers."""
