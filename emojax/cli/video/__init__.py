"""Programs of clips: avatars that follow faces, and how well they do."""
