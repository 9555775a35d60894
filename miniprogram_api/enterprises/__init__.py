"""Enterprises at the doors of owners and staff."""
