"""Training of emoji GANs."""
