"""Images: photos, SVG, grids, animations, colour spaces. Input is untrusted."""
