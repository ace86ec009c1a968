"""store: see the design."""
