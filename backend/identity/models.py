"""Tables, all used by plain SQL; persons, WeChat accounts and bindings themselves stand in `enterprises`."""

TABLES = ("owner_sessions", "exchanged_codes", "claim_attempts", "binding_reviews", "binding_invitations")
