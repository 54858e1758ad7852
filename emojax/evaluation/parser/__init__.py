"""How good a face parser is, by class and under rotation, scale and low resolution."""
