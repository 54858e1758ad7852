"""Pure Flax Linen modules: no I/O, no devices, no training logic."""
