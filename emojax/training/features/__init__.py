"""Training of the net whose features judge generated emoji."""
