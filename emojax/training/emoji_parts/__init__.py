"""Training of the generator of faces from parts."""
