"""detect: see the design."""
