"""cli: see the design."""
