"""Tables: cases row by row for commands; lists, logs and sets go by SQL."""

from tortoise import fields

from backend.cases.states import CaseState
from backend.foundation.model import Model

TABLES = (
    "case_categories",
    "case_routes",
    "case_events",
    "case_citations",
    "case_requests",
    "case_files",
    "case_notes",
    "case_helpers",
    "case_alarms",
    "case_reaches",
    "case_ratings",
    "case_tasks",
    "case_receipts",
    "case_contacts",
    "case_splits",
    "case_macros",
    "case_macro_versions",
    "case_macro_runs",
    "problem_lists",
    "problems",
    "problem_moves",
    "problem_files",
)


class Case(Model):
    """One matter, whatever module it came from. Its moves go through `writing.py`, never by assignment."""

    number = fields.TextField()
    origin = fields.TextField()
    origin_id = fields.UUIDField()
    category = fields.TextField()
    channel = fields.TextField()
    title = fields.TextField()
    body = fields.TextField()
    person_id = fields.UUIDField(null=True)
    enterprise_id = fields.UUIDField(null=True)
    district = fields.TextField(null=True)
    urgency = fields.TextField()
    state = fields.CharEnumField(CaseState)
    unit_id = fields.UUIDField(null=True)
    handler_id = fields.UUIDField(null=True)
    answerable_id = fields.UUIDField(null=True)
    offered_to = fields.UUIDField(null=True)
    hand_overs = fields.SmallIntField(default=0)
    refusals = fields.SmallIntField(default=0)
    terms = fields.JSONField[dict[str, int | None]]()
    received_at = fields.DatetimeField()
    promised_on = fields.DateField(null=True)
    accept_due_at = fields.DatetimeField(null=True)
    answer_due_at = fields.DatetimeField(null=True)
    solution_due_at = fields.DatetimeField(null=True)
    statutory_due_at = fields.DatetimeField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    alarm_at = fields.DatetimeField(null=True)
    alarm_level = fields.SmallIntField(default=0)
    is_paused = fields.BooleanField(default=False)
    is_provisional = fields.BooleanField(default=False)
    supervised_at = fields.DatetimeField(null=True)
    merged_into = fields.UUIDField(null=True)
    closed_at = fields.DatetimeField(null=True)
    reached_at = fields.DatetimeField(null=True)
    remind_at = fields.DatetimeField(null=True)
    silence_at = fields.DatetimeField(null=True)
    awaits_decision = fields.BooleanField(default=False)
    invite_at = fields.DatetimeField(null=True)
    accept_by = fields.DatetimeField(null=True)
    passed_on = fields.SmallIntField(default=0)
    unassigned_at = fields.DatetimeField(null=True)
    moved_at = fields.DatetimeField()
    opened_by_kind = fields.TextField()
    opened_by = fields.UUIDField(null=True)
    version = fields.BigIntField(default=1)

    class Meta:
        table = "cases"
