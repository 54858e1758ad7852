"""How good avatars are: overlap with faces, attributes, steadiness, variety and time."""
