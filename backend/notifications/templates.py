"""Keeps the list of WeChat's templates: what is missing or changed there stops its kinds before anything is sent."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.logging import get_logger
from backend.gateways.wechat.protocol import Template
from backend.notifications.due import wait_no_longer
from backend.notifications.kinds import KINDS

log = get_logger(__name__)

_FIELD: Final = re.compile(r"\{\{\s*([a-z_]+\d+)\.DATA\s*\}\}")

# What WeChat refused stays stopped until a person has looked; a template with other fields than before is another one.
_STAYS = "message_templates.state = 'stopped' AND message_templates.fields = EXCLUDED.fields"
_SEEN = f"""
INSERT INTO message_templates (template_id, account, title, is_long_term, fields, state, reason, seen_at)
SELECT t.id, $1, t.title, t.is_long_term, string_to_array(t.fields, ','), t.state, t.reason, $2
FROM unnest($3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[])
    AS t (id, title, is_long_term, fields, state, reason)
ON CONFLICT (template_id) DO UPDATE SET account = EXCLUDED.account, title = EXCLUDED.title,
    is_long_term = EXCLUDED.is_long_term, fields = EXCLUDED.fields, seen_at = EXCLUDED.seen_at,
    state = CASE WHEN {_STAYS} THEN 'stopped' ELSE EXCLUDED.state END,
    reason = CASE WHEN {_STAYS} THEN message_templates.reason ELSE EXCLUDED.reason END
RETURNING title, new.state AS state, new.reason AS reason, old.state AS before
"""
_GONE = """
UPDATE message_templates SET state = 'gone' WHERE account = $1 AND template_id <> ALL($2::text[]) AND state <> 'gone'
RETURNING title, new.state AS state, new.reason AS reason, old.state AS before
"""
_RESUME = """
UPDATE message_templates SET state = 'live', reason = NULL WHERE title = $1 AND state = 'stopped'
"""


async def refresh() -> int:
    """Ask WeChat for the account's templates and return how many it has.

    A template whose fields are no longer those of its kind is a misfit, one that disappeared is gone: their messages
    wait, and the log carries an error for the operator. When one is there again its messages go out at once.
    """
    current = runtime.current()
    listed = sorted(await current.wechat.templates(), key=lambda template: template.id)
    problems = {template.id: misfit(template) for template in listed}
    async with db.transaction():
        changed = await db.fetch(_SEEN, current.settings.wechat_appid, clock.now(), *_columns(listed, problems))
        changed += await db.fetch(_GONE, current.settings.wechat_appid, [template.id for template in listed])
        changed = [row for row in changed if row["state"] != row["before"]]
        await wait_no_longer([row["title"] for row in changed if row["state"] == "live"])
    for row in changed:
        if row["state"] != "live":
            log.error("template_unusable", title=row["title"], state=row["state"], reason=row["reason"])
    return len(listed)


async def resume(title: str) -> bool:
    """Let a template that WeChat had refused be tried again, once its cause is mended; False when none is stopped."""
    async with db.transaction():
        if not await db.execute(_RESUME, title):
            return False
        await wait_no_longer([title])
    return True


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


def _columns(listed: Sequence[Template], problems: Mapping[str, str | None]) -> tuple[list[object], ...]:
    return (
        [t.id for t in listed],
        [t.title for t in listed],
        [t.long_term for t in listed],
        [",".join(fields_of(t)) for t in listed],
        ["misfit" if problems[t.id] else "live" for t in listed],
        [problems[t.id] for t in listed],
    )
