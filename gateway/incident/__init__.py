"""incident: see the design."""
