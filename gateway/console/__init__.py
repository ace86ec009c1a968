"""console: see the design."""
