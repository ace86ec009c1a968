"""desk: see the design."""
