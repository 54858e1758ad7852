"""One data set per face part: the shapes that autoencoders learn from."""
