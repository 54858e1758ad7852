"""From a photo of somebody to an avatar."""
