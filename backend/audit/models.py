"""Tables, all used by plain SQL."""

TABLES = ("audit_entries", "audit_seals", "audit_archives", "audit_round")
