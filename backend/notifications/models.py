"""The tables of this capability; all of them are used set-wise, by SQL."""

TABLES = ("addresses", "message_templates", "credits", "credit_entries", "inbox", "deliveries", "callback_events")
