"""Speed of emojax and of PyTorch on this machine: ``python -m emojax.benchmark``."""
