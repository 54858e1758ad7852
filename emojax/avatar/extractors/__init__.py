"""Feature extractors: each turns a face part into a vector. `table` lists them."""
