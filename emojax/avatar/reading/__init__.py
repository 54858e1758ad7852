"""What an aligned portrait shows: segments, where they lie, attributes, light and colours."""
