"""notify: see the design."""
