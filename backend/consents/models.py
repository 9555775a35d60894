"""Tables, all used by plain SQL."""

TABLES = ("consents", "profiling_refusals")
