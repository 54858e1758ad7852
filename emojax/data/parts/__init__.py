"""One data set for each part of faces, and their shapes."""
