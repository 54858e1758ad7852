"""Training of the net whose features the GAN report measures in."""
