"""Face attributes labelled by eye, and how well avatars agree with them."""
