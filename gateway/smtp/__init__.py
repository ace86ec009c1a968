"""smtp: see the design."""
