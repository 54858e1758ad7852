"""How fast emojax is on this machine, next to others if asked: ``python -m emojax.benchmark``."""
