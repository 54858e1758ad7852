"""Training of the net that reads descriptions."""
