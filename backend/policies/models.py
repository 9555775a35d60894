"""Tables that commands use row by row; stored answers go by SQL only (`matching.py`, `feed.py`)."""

from typing import Any

from tortoise import fields

from backend.foundation.model import Model
from backend.policies.states import VersionState

TABLES = (
    "rule_set",
    "policy_match_sets",
    "policy_matches",
    "policy_attachments",
    "policy_links",
    "policy_recipients",
    "policy_differences",
    "policy_spreads",
    "policy_checked",
    "policy_due",
    "policy_digests",
    "policy_favourites",
    "policy_exclusions",
    "policy_exclusion_names",
    "policy_question_skips",
    "policy_feedback",
    "policy_misfits",
    "policy_push_pauses",
    "policy_reminders",
)


class Policy(Model):
    """One policy through all its versions. `version` counts every change and is what If-Match names."""

    number = fields.TextField()
    version = fields.BigIntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "policies"


class PolicyVersion(Model):
    """One wording of a policy with its rule; once published it is never edited, only followed by another."""

    policy_id = fields.UUIDField()
    edition = fields.IntField()
    state = fields.CharEnumField(VersionState, max_length=20, default=VersionState.DRAFT)
    title = fields.TextField()
    doc_no = fields.TextField(default="")
    issuer = fields.TextField()
    level = fields.TextField()
    region = fields.TextField()
    issued_on = fields.TextField()
    effective_from = fields.DateField()
    effective_to = fields.DateField(null=True)
    apply_from = fields.DateField(null=True)
    apply_until = fields.DateField(null=True)
    category = fields.TextField()
    action = fields.TextField()
    summary = fields.TextField()
    body = fields.TextField(default="")
    benefit = fields.TextField()
    how_to_apply = fields.TextField()
    contact = fields.TextField(default="")
    links: fields.Field[list[dict[str, str]]] = fields.JSONField(default=list)
    sources: fields.Field[list[dict[str, str]]] = fields.JSONField(default=list)
    verification = fields.TextField()
    note = fields.TextField(default="")
    reference_only = fields.BooleanField(default=False)
    rule: fields.Field[dict[str, Any]] = fields.JSONField()
    rule_hash = fields.TextField()
    exclusions: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    correction = fields.TextField(default="")
    corrects = fields.UUIDField(null=True)
    publish_at = fields.DatetimeField(null=True)
    held_back = fields.TextField(default="")
    author_id = fields.UUIDField(null=True)
    edited_by = fields.UUIDField(null=True)
    reviewer_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    edited_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(default="")
    pushes_paused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "policy_versions"
