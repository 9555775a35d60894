"""Benches: each measures the real path and its own reference in the same run, and prints one line of JSON."""
