"""outbound: see the design."""
