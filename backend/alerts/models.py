"""Tables, all used by plain SQL."""

TABLES = ("alerts",)
