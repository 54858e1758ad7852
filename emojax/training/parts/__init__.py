"""Training of the autoencoders of face parts."""
