"""Sekisho (関所): an outbound mail gateway that keeps My Numbers from leaving by mistake."""

__version__ = "0.1.0"
