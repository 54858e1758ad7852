"""Data sets: the OpenMoji pictures, the face-parsing portraits, and the input pipeline."""
