"""Portraits with label maps: CelebAMask-HQ, or a folder of images and masks."""
