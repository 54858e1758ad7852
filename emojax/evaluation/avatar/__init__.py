"""How good avatars are: likeness, attributes, steadiness, variety and time."""
