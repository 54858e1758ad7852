"""Data sets made from photos of faces and from drawn styles."""
