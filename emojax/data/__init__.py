"""Data sets: OpenMoji, portraits with label maps, parts of faces; and the input pipeline."""
