"""Articles and their editions, row by row for commands; lists and sets go by SQL."""

from typing import Any

from tortoise import fields

from backend.foundation.model import Model
from backend.questions.knowledge.states import EditionState


class Article(Model):
    """One article through all its editions. `version` counts every change and is what If-Match names."""

    number = fields.TextField()
    version = fields.BigIntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "knowledge_articles"


class Edition(Model):
    """One wording of an article; once published it is never edited, only followed by another."""

    article_id = fields.UUIDField()
    edition = fields.IntField()
    state = fields.CharEnumField(EditionState, max_length=20, default=EditionState.DRAFT)
    audience = fields.TextField()
    title = fields.TextField()
    body = fields.TextField()
    category = fields.TextField()
    asked_as: fields.Field[list[str]] = fields.JSONField(default=list)
    citations: fields.Field[list[dict[str, Any]]] = fields.JSONField(default=list)
    sent_back = fields.TextField(default="")
    author_id = fields.UUIDField(null=True)
    edited_by = fields.UUIDField(null=True)
    reviewer_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    edited_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(default="")

    class Meta:
        table = "knowledge_versions"
