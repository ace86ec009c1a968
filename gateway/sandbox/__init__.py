"""sandbox: see the design."""
