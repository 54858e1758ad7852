"""Augmentation: what is done to images on the device before a net sees them."""
