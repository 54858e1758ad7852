"""Configurations: plain data, no imports of ours."""
