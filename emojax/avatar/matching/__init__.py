"""Which of a style's parts and colours a person gets."""
