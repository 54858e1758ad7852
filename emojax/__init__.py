"""emojax: faces and words become emoji, in JAX."""
