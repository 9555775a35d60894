"""Keeps the list of WeChat's templates: what is missing or changed there stops its kinds before anything is sent."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.gateways.wechat.protocol import Template
from backend.notifications.kinds import KINDS

log = get_logger(__name__)

_FIELD: Final = re.compile(r"\{\{\s*([a-z_]+\d+)\.DATA\s*\}\}")

_SEEN = """
INSERT INTO message_templates (template_id, account, title, is_long_term, fields, state, stopped_reason, seen_at)
SELECT t.id, $1, t.title, t.is_long_term, string_to_array(t.fields, ','), t.state, t.reason, $2
FROM unnest($3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[])
    AS t (id, title, is_long_term, fields, state, reason)
ON CONFLICT (template_id) DO UPDATE SET title = EXCLUDED.title, is_long_term = EXCLUDED.is_long_term,
    fields = EXCLUDED.fields, seen_at = EXCLUDED.seen_at, stopped_reason = EXCLUDED.stopped_reason,
    state = EXCLUDED.state
"""
_GONE = """
UPDATE message_templates SET state = 'gone' WHERE account = $1 AND seen_at < $2 AND state <> 'gone' RETURNING title
"""


async def refresh() -> int:
    """Ask WeChat for the account's templates and return how many it has.

    A template whose fields are no longer those of its kind is stopped, one that disappeared is gone: their messages
    wait, and the log carries an error for the operator. One that fits is live again, whatever stopped it.
    """
    current = runtime.current()
    listed = await current.wechat.templates()
    account, moment = current.settings.wechat_appid, clock.now()
    problems = {template.id: misfit(template) for template in listed}
    await db.execute(_SEEN, account, moment, *_columns(listed, problems))
    gone = await db.fetch(_GONE, account, moment)
    for template in listed:
        if problems[template.id]:
            log.error("template_changed", title=template.title, reason=problems[template.id])
    for row in gone:
        log.error("template_gone", title=row["title"])
    return len(listed)


def fields_of(template: Template) -> list[str]:
    """Return the field names in a template's content."""
    return _FIELD.findall(template.content)


def misfit(template: Template) -> str | None:
    """Tell why a template can't carry its kinds' messages, or None when it can."""
    have = set(fields_of(template))
    for kind in KINDS.values():
        if kind.template == template.title and set(kind.fields) != have:
            return f"{kind.key} has {sorted(kind.fields)}, the template {sorted(have)}"
    return None


def _columns(listed: Iterable[Template], problems: Mapping[str, str | None]) -> tuple[list[object], ...]:
    templates = list(listed)
    return (
        [t.id for t in templates],
        [t.title for t in templates],
        [t.long_term for t in templates],
        [",".join(fields_of(t)) for t in templates],
        ["stopped" if problems[t.id] else "live" for t in templates],
        [problems[t.id] for t in templates],
    )
