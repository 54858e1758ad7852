"""Flags for drawing by description, and for evaluating that."""
