"""Who gets through which door: one module a capability, each with its `ROWS`; see `test_authorisation.py`."""
