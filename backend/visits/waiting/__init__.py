"""Whoever would like an earlier time: the list, and what is offered along it."""
