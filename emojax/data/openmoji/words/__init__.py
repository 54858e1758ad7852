"""What people call faces and their parts, and captions made of it."""
