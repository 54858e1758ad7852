"""Pictures in and out: photos, SVG, grids, animations, colour spaces. Input may be hostile."""
