"""Models that ship as StableHLO, for whoever serves them with JAX alone."""
