"""The tables of this capability; all of them are used set-wise, by SQL."""

TABLES = (
    "addresses",
    "service_followers",
    "notification_preferences",
    "delivery_claims",
    "message_templates",
    "credits",
    "credit_entries",
    "inbox",
    "deliveries",
    "due_notes",
    "called_off",
    "callback_events",
)
