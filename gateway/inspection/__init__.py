"""inspection: see the design."""
