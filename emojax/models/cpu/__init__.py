"""Forms of convolutions that are faster than XLA's own on CPUs."""
