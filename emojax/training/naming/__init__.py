"""Training of the net that says which emoji a description names."""
