"""Alerts at the staff door, for who operates."""
