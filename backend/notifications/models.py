"""The tables of this capability; all of them are used set-wise, by SQL."""

TABLES = (
    "addresses",
    "service_followers",
    "notification_preferences",
    "delivery_claims",
    "channel_breakers",
    "message_templates",
    "credits",
    "credit_entries",
    "inbox",
    "deliveries",
    "due_notes",
    "called_off",
    "broadcasts",
    "broadcast_recipients",
    "notification_preference_changes",
    "staff_notices",
    "staff_notice_preferences",
    "staff_phones",
    "staff_phone_codes",
    "callback_events",
)
