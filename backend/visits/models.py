"""Tables: a visit row by row for commands; plans, slots, given-away time and lists go by SQL."""

from typing import Any

from tortoise import fields

from backend.foundation.model import Model
from backend.visits.states import VisitState

TABLES = (
    "visit_reasons",
    "visit_units",
    "visit_plans",
    "visit_exceptions",
    "visit_planners",
    "visit_peaks",
    "visit_centroids",
    "visit_ways",
    "visit_parties",
    "visit_events",
    "staff_time",
    "enterprise_time",
    "visit_campaigns",
    "visit_campaign_visitors",
    "visit_campaign_targets",
    "visit_waits",
    "visit_offers",
    "visit_freed",
    "visit_reminders",
    "visit_feeds",
    "visit_handed_on",
    "visit_attendances",
    "visit_reports",
    "visit_findings",
    "visit_photos",
    "visit_promises",
    "visit_confirmations",
    "visit_ratings",
)


class Visit(Model):
    """One visit. Its moves go through `writing.py`, never by assignment; its time through `occupying.py`."""

    number = fields.TextField(null=True)
    reason = fields.TextField()
    place = fields.TextField()
    channel = fields.TextField()
    address = fields.TextField(default="")
    location = fields.TextField(null=True)
    district = fields.TextField(null=True)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    state = fields.CharEnumField(VisitState)
    awaits = fields.TextField(null=True)
    unit_id = fields.UUIDField(null=True)
    capacity = fields.IntField()
    taken = fields.IntField()
    requested_by_kind = fields.TextField()
    requested_by = fields.UUIDField(null=True)
    requested_at = fields.DatetimeField(null=True)
    held_until = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    arrived_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(default="")
    is_late = fields.BooleanField(default=False)
    moved = fields.IntField(default=0)
    contested_at = fields.DatetimeField(null=True)
    contest_reason = fields.TextField(default="")
    contest_verdict = fields.TextField(default="")
    contest_decided_at = fields.DatetimeField(null=True)
    is_set_aside = fields.BooleanField(default=False)
    reported_at = fields.DatetimeField(null=True)
    edition = fields.IntField(default=0)
    closed_by = fields.TextField(null=True)
    nudged_at = fields.DatetimeField(null=True)
    why = fields.TextField(default="")
    choice = fields.JSONField[dict[str, Any]](default=dict)
    schedule_id = fields.UUIDField()
    sequence = fields.IntField(default=0)
    version = fields.BigIntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "visits"
