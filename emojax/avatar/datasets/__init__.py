"""Training data made of photos of faces and of drawn styles."""
