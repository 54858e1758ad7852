"""From a description to the parts of a face."""
