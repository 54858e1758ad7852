"""Training of the attribute net: heads on the face parser's features, pooled over zones of the face."""
