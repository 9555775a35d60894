"""Keeps the lists of WeChat's templates: what is missing or changed there stops its kinds before anything is sent."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from backend import alerts, runtime
from backend.foundation import clock, db
from backend.gateways.wechat.protocol import Template
from backend.notifications.due import wait_no_longer
from backend.notifications.kinds import KINDS, Channel
from backend.notifications.troubles import name_of
from backend.notifications.watching import watch_templates
from backend.notifications.ways import SMS_ACCOUNT

_NAMED: Final = re.compile(r"(.+) \((service|sms)\)")
_FIELD: Final = re.compile(r"\{\{\s*([a-z_]+\d*)\.DATA\s*\}\}")

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
UPDATE message_templates SET state = 'live', reason = NULL
WHERE title = $1 AND state = 'stopped' AND account <> $2 AND ($3::text IS NULL OR account = $3) RETURNING account
"""
_RESUME_TEXT = "DELETE FROM message_templates WHERE title = $1 AND account = $2 RETURNING account"


async def refresh() -> int:
    """Ask WeChat for the templates of our accounts and return how many there are.

    A template whose fields are no longer those of its kind is a misfit, one that disappeared is gone: their messages
    wait, and operators are told. When one is there again its messages go out at once.
    """
    current = runtime.current()
    count = await _note("subscribe", current.settings.wechat_appid, await current.wechat.templates())
    if current.service_account is not None:
        account = current.service_account
        count += await _note("service", account.appid, await account.templates())
    await watch_templates()
    return count


async def _note(channel: Channel, account: str, found: Sequence[Template]) -> int:
    listed = sorted(found, key=lambda template: template.id)
    problems = {template.id: misfit(template, channel) for template in listed}
    async with db.transaction():
        changed = await db.fetch(_SEEN, account, clock.now(), *_columns(listed, problems))
        changed += await db.fetch(_GONE, account, [template.id for template in listed])
        changed = [row for row in changed if row["state"] != row["before"]]
        await wait_no_longer([row["title"] for row in changed if row["state"] == "live"])
    return len(listed)


async def resume(name: str) -> bool:
    """Let a template that was refused be tried again, once its cause is mended; False when none is stopped.

    By its title, which several channels may share, or by the name in the list of alerts, `title (channel)`. Of text
    messages the title is our name of the template.
    """
    found = _NAMED.fullmatch(name)
    title, channel = (found[1], found[2]) if found else (name, None)
    settings = runtime.current().settings
    accounts = {"subscribe": settings.wechat_appid, "service": settings.wechat_service_appid, "sms": SMS_ACCOUNT}
    channels = {account: one for one, account in accounts.items()}
    async with db.transaction():
        rows = []
        if channel != "sms":
            rows += await db.fetch(_RESUME, title, SMS_ACCOUNT, accounts[channel] if channel else None)
        if channel in (None, "sms"):
            rows += await db.fetch(_RESUME_TEXT, title, SMS_ACCOUNT)
        if rows:
            await wait_no_longer([title])
        for row in rows:
            await alerts.clear("template_stopped", name_of(channels.get(row["account"], "subscribe"), title))
    return bool(rows)


def fields_of(template: Template) -> list[str]:
    """Return the field names in a template's content."""
    return _FIELD.findall(template.content)


def misfit(template: Template, channel: Channel = "subscribe") -> str | None:
    """Tell why a template can't carry its kinds' messages, or None when it can."""
    have = set(fields_of(template))
    for kind in KINDS.values():
        form = kind.forms.get(channel)
        if form and form.template == template.title and set(form.fields) != have:
            return f"{kind.key} has {sorted(form.fields)}, the template {sorted(have)}"
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
