"""Alerts: what an operator has to know, one row until it is over, counted, told to a webhook when one is set."""

from backend.alerts.acknowledging import acknowledge
from backend.alerts.kinds import KINDS, AlertKind, Severity
from backend.alerts.queries import Alert, listed, open_counts
from backend.alerts.raising import Trouble, clear, clear_calm, clear_others, confirm, open_alert, open_many
from backend.alerts.telling import HANDLERS, TOPICS

__all__ = [
    "HANDLERS",
    "KINDS",
    "TOPICS",
    "Alert",
    "AlertKind",
    "Severity",
    "Trouble",
    "acknowledge",
    "clear",
    "clear_calm",
    "clear_others",
    "confirm",
    "listed",
    "open_alert",
    "open_counts",
    "open_many",
]
