"""recipients: see the design."""
