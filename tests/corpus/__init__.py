"""Carriers: every file format in which numbers travel, written at test time from a seed."""
