"""message: see the design."""
