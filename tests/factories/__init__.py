"""Rows made for tests, written as the service itself would write them."""
