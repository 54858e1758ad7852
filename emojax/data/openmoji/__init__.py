"""OpenMoji: fetching, metadata, labels, and its drawings as arrays and as a tfds data set."""
