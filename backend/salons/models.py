"""Tables: a salon row by row for commands; quotas, sign-ups, the waiting list and lists go by SQL."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from backend.foundation.model import Model
from backend.salons.states import SalonState

TABLES = (
    "salon_series",
    "salon_quotas",
    "salon_signups",
    "salon_waiting",
    "salon_no_shows",
    "salon_reissues",
    "salon_scans",
    "salon_presences",
    "salon_questions",
    "salon_feedback_used",
    "salon_feedback",
    "salon_materials",
)


class Salon(Model):
    """One salon. `version` counts every change and is what If-Match names."""

    number = fields.TextField()
    series_id = fields.UUIDField(null=True)
    title = fields.TextField()
    topic = fields.TextField()
    intro = fields.TextField(default="")
    organisers: fields.Field[list[str]] = ArrayField(element_type="text")
    unit_id = fields.UUIDField(null=True)
    district = fields.TextField(null=True)
    address = fields.TextField(default="")
    online_url = fields.TextField(default="")
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    opens_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()
    state = fields.CharEnumField(SalonState, default=SalonState.DRAFT)
    rule: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    reason = fields.TextField(default="")
    is_limited = fields.BooleanField(default=False)
    per_enterprise = fields.IntField()
    needs_approval = fields.BooleanField(default=False)
    approval_days = fields.IntField(default=2)
    form: fields.Field[dict[str, Any]] = fields.JSONField(default=dict)
    sessions: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    poster_id = fields.UUIDField(null=True)
    edition = fields.IntField(default=0)
    sequence = fields.IntField(default=0)
    schedule_id = fields.UUIDField()
    published_at = fields.DatetimeField(null=True)
    moved_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(default="")
    minutes = fields.TextField(default="")
    minutes_at = fields.DatetimeField(null=True)
    materials_at = fields.DatetimeField(null=True)
    created_by = fields.UUIDField(null=True)
    edited_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    edited_at = fields.DatetimeField()
    version = fields.BigIntField(default=1)

    class Meta:
        table = "salons"
