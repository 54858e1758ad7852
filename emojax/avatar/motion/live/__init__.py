"""An avatar that follows a camera: each frame is drawn before the next one is there."""
