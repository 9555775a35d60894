"""Surveys, row by row for commands; answers, lists and results go by SQL."""

from typing import Any

from tortoise import fields

from backend.foundation.model import Model
from backend.questions.surveys.states import SurveyState


class Survey(Model):
    """One survey. `version` counts every change and is what If-Match names; once released its text stays."""

    number = fields.TextField()
    version = fields.BigIntField(default=1)
    state = fields.CharEnumField(SurveyState, max_length=20, default=SurveyState.DRAFT)
    title = fields.TextField()
    intro = fields.TextField()
    reason = fields.TextField()
    rule: fields.Field[dict[str, Any]] = fields.JSONField()
    questions: fields.Field[list[dict[str, Any]]] = fields.JSONField()
    opens_on = fields.DateField()
    closes_on = fields.DateField()
    follows = fields.UUIDField(null=True)
    author_id = fields.UUIDField(null=True)
    edited_by = fields.UUIDField(null=True)
    reviewer_id = fields.UUIDField(null=True)
    sent_back = fields.TextField(default="")
    end_reason = fields.TextField(default="")
    created_at = fields.DatetimeField()
    edited_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)
    released_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "surveys"
