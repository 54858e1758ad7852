"""The avatar, or an emoji, of the face before a visitor's camera."""
