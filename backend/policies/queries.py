"""What staff and the public read of policies; lists come as JSON that PostgreSQL has built."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import EVERYTHING, Actor, Condition
from backend.eligibility import compile_rule, lint
from backend.enterprises import visibility
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.policies import rules
from backend.policies.errors import PolicyUnknown
from backend.policies.promises import WORDED, promises
from backend.policies.service import last_day

_MOST_WORDS: Final = 8

# How a policy stands in a list, for whoever reads it.
CARD: Final = """
    'id', v.policy_id, 'title', v.title, 'doc_no', v.doc_no, 'issuer', v.issuer, 'level', v.level,
    'category', v.category, 'action', v.action, 'summary', v.summary, 'effective_from', v.effective_from,
    'until', least(v.effective_to, v.apply_until)
"""
_MOMENT = """to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"')"""
# What an owner and the public read of one policy.
WHOLE: Final = f"""
    {CARD}, 'number', p.number, 'region', v.region, 'issued_on', v.issued_on, 'effective_to', v.effective_to,
    'apply_from', v.apply_from, 'apply_until', v.apply_until, 'body', v.body, 'benefit', v.benefit,
    'how_to_apply', v.how_to_apply, 'contact', v.contact, 'links', v.links, 'state', v.state, 'edition', v.edition,
    'published_at', {_MOMENT.format("v.published_at")}
"""
_FOR_STAFF = f"""
    'id', v.policy_id, 'number', p.number, 'version', p.version, 'edition', v.edition, 'state', v.state,
    'title', v.title, 'issuer', v.issuer, 'level', v.level, 'category', v.category, 'action', v.action,
    'summary', v.summary, 'effective_from', v.effective_from, 'until', least(v.effective_to, v.apply_until),
    'reference_only', v.reference_only, 'verification', v.verification,
    'published_edition', (SELECT o.edition FROM policy_versions o WHERE o.policy_id = p.id AND o.state = 'published'),
    'edited_at', {_MOMENT.format("v.edited_at")}
"""
_VERSION_FOR_STAFF = f"""
    'id', v.id, 'edition', v.edition, 'state', v.state, 'author_id', v.author_id, 'edited_by', v.edited_by,
    'reviewer_id', v.reviewer_id, 'end_reason', v.end_reason,
    'created_at', {_MOMENT.format("v.created_at")}, 'edited_at', {_MOMENT.format("v.edited_at")},
    'submitted_at', {_MOMENT.format("v.submitted_at")}, 'published_at', {_MOMENT.format("v.published_at")},
    'ended_at', {_MOMENT.format("v.ended_at")},
    'content', jsonb_build_object(
        'title', v.title, 'doc_no', v.doc_no, 'issuer', v.issuer, 'level', v.level, 'region', v.region,
        'issued_on', v.issued_on, 'effective_from', v.effective_from, 'effective_to', v.effective_to,
        'apply_from', v.apply_from, 'apply_until', v.apply_until, 'category', v.category, 'action', v.action,
        'summary', v.summary, 'body', v.body, 'benefit', v.benefit, 'how_to_apply', v.how_to_apply,
        'contact', v.contact, 'links', v.links, 'sources', v.sources, 'verification', v.verification,
        'note', v.note, 'reference_only', v.reference_only, 'rule', v.rule)
"""
LIVE: Final = "v.state = 'published' AND coalesce(least(v.effective_to, v.apply_until) >= {day}, TRUE)"
"""SQL: published and not yet over on a day; the clock marks it expired a little later."""


RELEASED: Final = Condition("v.published_at IS NOT NULL")
"""What anybody may read: whatever was published once, so that a link that was sent keeps saying how things stand."""


def visible_to(actor: Actor | None) -> Condition:
    """Return the condition over `policy_versions v`: staff of the library see all of it, others what was released."""
    if actor is not None and actor.can("policies.read"):
        return EVERYTHING
    return RELEASED


async def page(
    actor: Actor | None, *, words: str | None, category: str | None, action: str | None, cursor: str | None, limit: int
) -> bytes:
    """Return one page of what is live today, newest first, without regard to anybody's profile."""
    wanted = visible_to(actor) & Condition(LIVE.format(day="{}::date"), (clock.today(),))
    wanted = wanted & _narrowed(words, category, action)
    return await _page(CARD, "policy_versions v", wanted, cursor, limit)


async def staff_page(
    actor: Actor, *, words: str | None, state: str | None, category: str | None, cursor: str | None, limit: int
) -> bytes:
    """Return one page of the library, each policy by its newest version."""
    newest = Condition("NOT EXISTS (SELECT FROM policy_versions n WHERE n.policy_id = p.id AND n.edition > v.edition)")
    wanted = visible_to(actor) & newest & _narrowed(words, category, None)
    if state is not None:
        wanted = wanted & Condition("v.state = {}::text", (state,))
    return await _page(_FOR_STAFF, "policy_versions v JOIN policies p ON p.id = v.policy_id", wanted, cursor, limit)


async def public_detail(policy_id: UUID) -> str:
    """Return the newest released version of a policy as anybody may read it; raises PolicyUnknown."""
    sql = (
        f"SELECT json_build_object({WHOLE})::text FROM policies p JOIN policy_versions v ON v.policy_id = p.id"
        f" WHERE p.id = $1 AND {RELEASED.render()} ORDER BY v.edition DESC LIMIT 1"
    )
    told: str | None = await db.fetch_value(sql, policy_id)
    if told is None:
        raise PolicyUnknown
    return told


async def staff_detail(actor: Actor, policy_id: UUID) -> tuple[str, int]:
    """Return a policy with all its versions, newest first, and the version that If-Match names."""
    visible = visible_to(actor)
    sql = (
        "SELECT p.version, json_build_object('id', p.id, 'number', p.number, 'version', p.version, 'versions',"
        f" json_agg(jsonb_build_object({_VERSION_FOR_STAFF}) ORDER BY v.edition DESC))::text AS told"
        f" FROM policies p JOIN policy_versions v ON v.policy_id = p.id WHERE p.id = $1 AND {visible.render(2)}"
        " GROUP BY p.id"
    )
    row = await db.fetch_one(sql, policy_id, *visible.params)
    if row is None:
        raise PolicyUnknown
    return row["told"], row["version"]


async def audience(actor: Actor, policy_id: UUID) -> dict[str, Any]:
    """Return whom the newest version would fit today, by district too, and what a reviewer should look at."""
    visible = visible_to(actor)
    sql = (
        f"SELECT v.rule, v.effective_to, v.apply_until, {', '.join(f'v.{name}' for name in WORDED)}"
        f" FROM policy_versions v WHERE v.policy_id = $1 AND {visible.render(2)} ORDER BY v.edition DESC LIMIT 1"
    )
    version = await db.fetch_one(sql, policy_id, *visible.params)
    if version is None:
        raise PolicyUnknown
    rule = orjson.loads(version["rule"])
    findings = (
        *lint(rule, CATALOGUE, window_ends=last_day(version["effective_to"], version["apply_until"])),
        *promises(dict(version), rules.parse_stored(rule)),
    )
    return {
        **await _counted(actor, rule),
        "findings": [{"code": one.code, "path": one.path, "sentence": one.sentence} for one in findings],
    }


async def _counted(actor: Actor, rule: dict[str, Any]) -> dict[str, Any]:
    """Count over the enterprises that this actor may see."""
    compiled = compile_rule(rules.parse_stored(rule), CATALOGUE, clock.today())
    visible = visibility.visible_to(actor)
    rows = await db.fetch(
        "SELECT e.district, count(*) AS enterprises,"
        f" count(*) FILTER (WHERE {compiled.surely.sql}) AS yes,"
        f" count(*) FILTER (WHERE {compiled.surely_not.sql}) AS no"
        f" FROM enterprises e WHERE e.closed_at IS NULL AND {visible.render(len(compiled.surely.params) + 1)}"
        " GROUP BY e.district ORDER BY e.district NULLS LAST",
        *compiled.surely.params,
        *visible.params,
    )
    places = [
        {"district": r["district"], "yes": r["yes"], "unknown": r["enterprises"] - r["yes"] - r["no"], "no": r["no"]}
        for r in rows
    ]
    return {**{name: sum(one[name] for one in places) for name in ("yes", "unknown", "no")}, "by_district": places}


def _narrowed(words: str | None, category: str | None, action: str | None) -> Condition:
    """Every word must stand somewhere in the text; the signs that LIKE knows are taken as written."""
    wanted = EVERYTHING
    for word in (words or "").split()[:_MOST_WORDS]:
        plain = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        wanted = wanted & Condition("v.search ILIKE {}::text", (f"%{plain}%",))
    if category is not None:
        wanted = wanted & Condition("v.category = {}::text", (category,))
    if action is not None:
        wanted = wanted & Condition("v.action = {}::text", (action,))
    return wanted


async def _page(fields: str, source: str, wanted: Condition, cursor: str | None, limit: int) -> bytes:
    after = decode_cursor(cursor, UUID)
    if after:
        wanted = wanted & Condition("v.id < {}::uuid", after)
    sql = (
        f"SELECT v.id, json_build_object({fields})::text AS item FROM {source}"
        f" WHERE {wanted.render(2)} ORDER BY v.id DESC LIMIT $1"
    )
    rows, following = cut(await db.fetch(sql, limit + 1, *wanted.params), limit, lambda row: encode_cursor(row["id"]))
    return as_page([row["item"] for row in rows], following)


def as_page(items: list[str], following: str | None) -> bytes:
    """Put ready items together as the JSON of a page."""
    return b'{"items":[' + ",".join(items).encode() + b'],"next":' + orjson.dumps(following) + b"}"
