"""extract: see the design."""
