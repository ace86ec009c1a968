"""policy: see the design."""
