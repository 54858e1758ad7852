"""Portraits with label maps: CelebAMask-HQ, or any folder of images and masks."""
