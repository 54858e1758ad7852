"""Further ways to draw what a selfie shows."""
