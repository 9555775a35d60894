"""What staff and the public read of policies; lists come as JSON that PostgreSQL has built."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend.access import EVERYTHING, Actor, Condition, listing
from backend.foundation import clock, db
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.policies import allowed
from backend.policies.editing import attachments, links
from backend.policies.errors import PolicyUnknown
from backend.policies.reading import cards
from backend.policies.states import VersionState

_MOST_WORDS: Final = 8

# How a policy stands in a list, for whoever reads it.
CARD: Final = """
    'id', v.policy_id, 'title', v.title, 'doc_no', v.doc_no, 'issuer', v.issuer, 'level', v.level,
    'category', v.category, 'action', v.action, 'summary', v.summary, 'effective_from', v.effective_from,
    'until', v.last_on, 'apply_from', v.apply_from, 'opens_on', v.opens_on
"""
_MOMENT = """to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"')"""
# What an owner and the public read of one policy.
WHOLE: Final = f"""
    {CARD}, 'number', p.number, 'region', v.region, 'issued_on', v.issued_on, 'effective_to', v.effective_to,
    'apply_until', v.apply_until, 'body', v.body, 'benefit', v.benefit,
    'how_to_apply', v.how_to_apply, 'contact', v.contact, 'links', {links.MARKED}, 'state', v.state,
    'edition', v.edition, 'end_reason', v.end_reason, 'correction', v.correction,
    'newest_edition', (SELECT max(o.edition) FROM policy_versions o
                       WHERE o.policy_id = v.policy_id AND o.published_at IS NOT NULL),
    'published_at', {_MOMENT.format("v.published_at")}
"""
PLAIN: Final = 0
_PUBLIC: Final = cards.item(day="$2::date")
_PLAIN: Final = cards.item(
    day="$2::date",
    favourites=cards.favourites("$3"),
    more="""',"answer":null,"why":[],"excludes":[],"not_for_me":false'""",
)
_FOR_STAFF = f"""
    'id', v.policy_id, 'number', p.number, 'version', p.version, 'edition', v.edition, 'state', v.state,
    'title', v.title, 'issuer', v.issuer, 'level', v.level, 'category', v.category, 'action', v.action,
    'summary', v.summary, 'effective_from', v.effective_from, 'until', v.last_on,
    'reference_only', v.reference_only, 'verification', v.verification, 'held_back', v.held_back,
    'publish_at', {_MOMENT.format("v.publish_at")},
    'published_edition', (SELECT o.edition FROM policy_versions o WHERE o.policy_id = p.id AND o.state = 'published'),
    'edited_at', {_MOMENT.format("v.edited_at")}
"""
_VERSION_FOR_STAFF = f"""
    'author', (SELECT s.name FROM staff s WHERE s.id = v.author_id),
    'editor', (SELECT s.name FROM staff s WHERE s.id = v.edited_by),
    'reviewer', (SELECT s.name FROM staff s WHERE s.id = v.reviewer_id),
    'id', v.id, 'edition', v.edition, 'state', v.state, 'author_id', v.author_id, 'edited_by', v.edited_by,
    'reviewer_id', v.reviewer_id, 'end_reason', v.end_reason, 'held_back', v.held_back, 'corrects', v.corrects,
    'correction', v.correction, 'publish_at', {_MOMENT.format("v.publish_at")},
    'created_at', {_MOMENT.format("v.created_at")}, 'edited_at', {_MOMENT.format("v.edited_at")},
    'submitted_at', {_MOMENT.format("v.submitted_at")}, 'published_at', {_MOMENT.format("v.published_at")},
    'ended_at', {_MOMENT.format("v.ended_at")},
    'content', jsonb_build_object(
        'title', v.title, 'doc_no', v.doc_no, 'issuer', v.issuer, 'level', v.level, 'region', v.region,
        'issued_on', v.issued_on, 'effective_from', v.effective_from, 'effective_to', v.effective_to,
        'apply_from', v.apply_from, 'apply_until', v.apply_until, 'category', v.category, 'action', v.action,
        'summary', v.summary, 'body', v.body, 'benefit', v.benefit, 'how_to_apply', v.how_to_apply,
        'contact', v.contact, 'links', v.links, 'sources', v.sources, 'verification', v.verification,
        'note', v.note, 'reference_only', v.reference_only, 'rule', v.rule, 'exclusions', v.exclusions,
        'correction', CASE WHEN v.published_at IS NULL THEN v.correction ELSE '' END)
"""
# At most one version is open, at most one is published.
_OPEN: Final = "FILTER (WHERE v.state IN ('draft', 'in_review', 'scheduled'))"
_STANDING: Final = f"""
(array_agg(v.state) {_OPEN})[1] AS open_state, (array_agg(v.author_id) {_OPEN})[1] AS author,
(array_agg(v.edited_by) {_OPEN})[1] AS editor, bool_or(v.state = 'published') AS is_live,
bool_or(v.state = 'published' AND v.pushes_paused_at IS NOT NULL) AS is_paused
"""
LIVE: Final = "v.state = 'published' AND coalesce(v.last_on >= {day}, TRUE)"
"""SQL: published and not yet over on a day; the clock marks it expired a little later.

Over is whatever nothing can be applied for any more, though it be in force for those who have it. What begins later is
live: its card says from when.
"""


RELEASED: Final = Condition("v.published_at IS NOT NULL")
"""What anybody may read: whatever was published once, so that a link that was sent keeps saying how things stand."""


def visible_to(actor: Actor | None) -> Condition:
    """Return the condition over `policy_versions v`: staff of the library see all of it, others what was released."""
    if actor is not None and actor.can("policies.read"):
        return EVERYTHING
    return RELEASED


async def page(category: str | None, action: str | None, cursor: str | None, limit: int) -> bytes:
    """Return one page of what is live today, newest first, without regard to anybody's profile."""
    wanted = _live() & narrowed(category=category, action=action)
    return await _page(_PUBLIC, "policy_versions v", wanted, cursor, limit, clock.today(), suggestions=[])


async def plain_page(wanted: Condition, after: UUID | None, limit: int, *, person_id: UUID) -> bytes:
    """Return the same list for an owner who wants no other: without answers, but with what he himself chose to keep.

    Its cursors look like those of the list that he refused, with PLAIN where that one has an answer.
    """
    if after is not None:
        wanted = wanted & Condition("v.id < {}::uuid", (after,))
    wanted = _live() & wanted
    sql = f"SELECT v.id, {_PLAIN} AS item FROM policy_versions v WHERE {wanted.render(4)} ORDER BY v.id DESC LIMIT $1"
    found = await db.fetch(sql, limit + 1, clock.today(), person_id, *wanted.params)
    rows, following = cut(found, limit, lambda row: encode_cursor(PLAIN, row["id"]))
    return as_page([row["item"] for row in rows], following, personalised=False)


def _live() -> Condition:
    return RELEASED & Condition(LIVE.format(day="{}::date"), (clock.today(),))


async def staff_page(
    actor: Actor, *, words: str | None, cursor: str | None, limit: int, **filters: str | None
) -> bytes:
    """Return one page of the library, each policy by its newest version, with how many there are.

    `filters` are what `narrowed` takes.
    """
    newest = Condition("NOT EXISTS (SELECT FROM policy_versions n WHERE n.policy_id = p.id AND n.edition > v.edition)")
    wanted = visible_to(actor) & newest & _worded(words) & narrowed(**filters)
    source = "policy_versions v JOIN policies p ON p.id = v.policy_id"
    item = f"SELECT json_build_object({_FOR_STAFF})::text AS item"
    rows, rest = await listing.newest(item, source, wanted, of="v", cursor=cursor, limit=limit)
    return as_page([row["item"] for row in rows], rest.pop("next"), **rest)


async def public_detail(policy_id: UUID) -> bytes:
    """Return the newest released version of a policy, with its files, as anybody may read it; raises PolicyUnknown."""
    sql = (
        f"SELECT json_build_object({WHOLE})::text AS told, {attachments.ATTACHED} AS attached"
        " FROM policies p JOIN policy_versions v ON v.policy_id = p.id"
        f" WHERE p.id = $1 AND {RELEASED.render()} ORDER BY v.edition DESC LIMIT 1"
    )
    row = await db.fetch_one(sql, policy_id)
    if row is None:
        raise PolicyUnknown
    return attachments.told_with(row["told"], row["attached"])


async def staff_detail(actor: Actor, policy_id: UUID) -> tuple[str, int]:
    """Return a policy with all its versions, newest first, and the version that If-Match names.

    With it, what this actor may do with the policy now.
    """
    visible = visible_to(actor)
    sql = (
        f"SELECT p.version, {_STANDING},"
        " json_build_object('id', p.id, 'number', p.number, 'version', p.version, 'versions',"
        f" json_agg(jsonb_build_object({_VERSION_FOR_STAFF}) ORDER BY v.edition DESC))::text AS told"
        f" FROM policies p JOIN policy_versions v ON v.policy_id = p.id WHERE p.id = $1 AND {visible.render(2)}"
        " GROUP BY p.id"
    )
    row = await db.fetch_one(sql, policy_id, *visible.params)
    if row is None:
        raise PolicyUnknown
    open_state = VersionState(row["open_state"]) if row["open_state"] else None
    standing = allowed.Standing(open_state, row["author"], row["editor"], row["is_live"], row["is_paused"])
    acts = orjson.dumps(allowed.may(actor, standing)).decode()
    return f'{row["told"].rstrip()[:-1]}, "may": {acts}}}', row["version"]


def narrowed(
    *, category: str | None = None, action: str | None = None, level: str | None = None, state: str | None = None
) -> Condition:
    """Return the condition over `policy_versions v` that lists are narrowed by."""
    wanted = EVERYTHING
    for column, value in (("category", category), ("action", action), ("level", level), ("state", state)):
        if value is not None:
            wanted = wanted & Condition(f"v.{column} = {{}}::text", (value,))
    return wanted


def _worded(words: str | None) -> Condition:
    """Every word must stand somewhere in the text; the signs that LIKE knows are taken as written."""
    wanted = EVERYTHING
    for word in (words or "").split()[:_MOST_WORDS]:
        plain = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        wanted = wanted & Condition("v.search ILIKE {}::text", (f"%{plain}%",))
    return wanted


async def _page(
    item: str, source: str, wanted: Condition, cursor: str | None, limit: int, *read: Any, **more: bool | list[str]
) -> bytes:
    """Return one page; `read` are what the item's own SQL names from $2 on."""
    after = decode_cursor(cursor, UUID)
    if after:
        wanted = wanted & Condition("v.id < {}::uuid", after)
    sql = f"SELECT v.id, {item} AS item FROM {source} WHERE {wanted.render(2 + len(read))} ORDER BY v.id DESC LIMIT $1"
    found = await db.fetch(sql, limit + 1, *read, *wanted.params)
    rows, following = cut(found, limit, lambda row: encode_cursor(row["id"]))
    return as_page([row["item"] for row in rows], following, **more)


def as_page(items: list[str], following: str | None, **more: bool | int | list[str] | None) -> bytes:
    """Put ready items together as the JSON of a page."""
    told = b"".join(b',"%s":%s' % (name.encode(), orjson.dumps(value)) for name, value in more.items())
    return b'{"items":[' + ",".join(items).encode() + b'],"next":' + orjson.dumps(following) + told + b"}"
