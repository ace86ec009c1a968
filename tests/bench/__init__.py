"""Measurements, never run as tests: ``python -m tests.bench NAME``. Loopback only."""
