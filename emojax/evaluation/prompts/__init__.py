"""How well descriptions are understood."""
