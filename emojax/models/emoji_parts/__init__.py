"""The generator of faces from parts, and how parts are placed on a canvas."""
