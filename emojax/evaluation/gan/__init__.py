"""How good a generator is beside real emoji, with controls that show that each figure can fail."""
