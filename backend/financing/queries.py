"""Reads of applications, each from `visible_to`: the owner's and staff's; what a bank reads is in banks/desk.py."""

from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import files
from backend.access import Actor, ActorKind, Condition
from backend.financing import errors, evidence
from backend.financing.catalogue import ordering
from backend.financing.catalogue.matching import plain
from backend.financing.codes import COLLATERAL, PURPOSES, STANDARDS
from backend.financing.consent import kinds
from backend.financing.costs import apr
from backend.financing.costs.money import yuan_of
from backend.financing.costs.terms import REPAYMENTS, Loan, Repayment
from backend.financing.states import APPLICATION_SENTENCES, APPLICATION_WORDS, ApplicationState
from backend.financing.telling import MASKED, REFERRAL, REFERRED, log, referral_told
from backend.financing.visibility import referrals_visible_to, visible_to
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

_CARD: Final = """
a.id, a.number, a.enterprise_id, e.name AS enterprise, a.state, a.amount_wan, a.months, a.purpose, a.collateral,
a.repayment, a.is_listed, a.district, a.created_at, a.submitted_at, a.expires_at, a.ended_at, a.end_reason, a.version
"""
_FROM: Final = "financing_applications a JOIN enterprises e ON e.id = a.enterprise_id"
_MATCHES: Final = """
SELECT m.position, m.version_id, m.institution_id, i.name AS institution, i.kind AS institution_kind, v.product_id,
    v.name, v.summary, v.rate_kind, v.rate_min_percent, v.rate_max_percent, v.lpr_tenor, v.bp_min, v.bp_max, v.source,
    v.amount_min_wan, v.amount_max_wan, v.months_min, v.months_max, v.collateral, v.repayments, v.materials,
    m.answer, m.why::text AS why,
    v.state = 'published' AND i.is_open AND v.valid_until >= $2::date AS is_live
FROM financing_matches m JOIN financing_product_versions v ON v.id = m.version_id
JOIN financing_institutions i ON i.id = m.institution_id WHERE m.application_id = $1 ORDER BY m.position
"""
_SIGNALS: Final = """
SELECT s.id, s.institution_id, i.name AS institution, s.amount_wan, s.months, s.rate_min_percent, s.rate_max_percent,
    s.repayment, s.made_at
FROM financing_signals s JOIN financing_institutions i ON i.id = s.institution_id
WHERE s.application_id = $1 AND s.withdrawn_at IS NULL ORDER BY s.institution_id
"""
_CONSENTS: Final = """
SELECT c.id, r.id AS referral_id, c.recipient, c.contact, c.purpose, c.kinds, c.fields, c.sensitive_fields, c.method,
    c.text_version, c.sensitive_version, c.signed_as, c.signed_at, c.expires_at, c.revoked_at, c.ended_with_need,
    c.reads_before_revoke, (SELECT count(*) FROM financing_reads l WHERE l.consent_id = c.id) AS reads
FROM financing_consents c JOIN financing_referrals r ON r.consent_id = c.id WHERE c.application_id = $1
ORDER BY r.position
"""
_READ: Final = """
l.id, l.at, l.method, l.fields, i.name AS institution, d.name AS desk, s.name AS reader, l.consent_id, p.name AS paper
"""
_READ_FROM: Final = """
financing_reads l JOIN financing_consents c ON c.id = l.consent_id
LEFT JOIN financing_institutions i ON i.id = l.institution_id LEFT JOIN financing_desks d ON d.id = l.desk_id
LEFT JOIN staff s ON s.id = l.staff_id LEFT JOIN financing_evidence p ON p.id = l.evidence_id
"""
_ORDER: Final = """
SELECT a.seed, m.position, m.institution_id, i.name AS institution, v.product_id, v.name AS product, m.answer
FROM financing_applications a JOIN financing_matches m ON m.application_id = a.id
JOIN financing_institutions i ON i.id = m.institution_id JOIN financing_product_versions v ON v.id = m.version_id
WHERE a.id = $1 AND {visible} ORDER BY m.position
"""


async def mine(actor: Actor, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of the applications that an owner sees, the newest first."""
    return await _page(actor, visible_to(actor), cursor, limit)


async def listed(
    actor: Actor, *, states: list[str], district: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one page of applications for staff with its count; drafts are their owners' alone."""
    wanted = visible_to(actor) & Condition("a.state <> 'draft'")
    if states:
        wanted &= Condition("a.state = ANY ({}::text[])", (states,))
    if district is not None:
        wanted &= Condition("a.district = {}::text", (district,))
    return await _page(actor, wanted, cursor, limit, is_counted=True)


async def _page(
    actor: Actor, wanted: Condition, cursor: str | None, limit: int, *, is_counted: bool = False
) -> dict[str, Any]:
    after = decode_cursor(cursor, UUID)
    count = count_column(f"{_FROM} WHERE {wanted.render()}", cursor) if is_counted else ""
    if after is not None:
        wanted &= Condition("a.id < {}::uuid", after)
    sql = f"SELECT {_CARD}{count} FROM {_FROM} WHERE {wanted.render()} ORDER BY a.id DESC LIMIT {limit + 1}"
    rows = await db.fetch(sql, *wanted.params)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    told = counted(rows, cursor) if is_counted else {}
    return {"items": [_card(actor, row) for row in page], "next": following, **told}


def _card(actor: Actor, row: Record) -> dict[str, Any]:
    state = ApplicationState(row["state"])
    told = {name: value for name, value in row.items() if name not in ("found", "standards", "seed")}
    told["end_reason"] = MASKED if row["end_reason"] and actor.reads_masked("financing.read") else row["end_reason"]
    return {
        **told,
        "amount_wan": plain(row["amount_wan"]),
        "state_word": APPLICATION_WORDS[state],
        "sentence": APPLICATION_SENTENCES[state],
        "purpose_word": PURPOSES[row["purpose"]],
        "collateral_words": [COLLATERAL[one] for one in row["collateral"]],
    }


async def detail(actor: Actor, application_id: UUID) -> dict[str, Any]:
    """Return an application with its answers in their order, interest shown, consents, referrals and log.

    Raises ApplicationUnknown; a draft is its owner's alone.
    """
    visible = visible_to(actor)
    if actor.kind is ActorKind.STAFF:
        visible &= Condition("a.state <> 'draft'")
    columns = f"{_CARD}, a.standards::text AS standards, a.seed"
    sql = f"SELECT {columns} FROM {_FROM} WHERE a.id = $1 AND {visible.render(2)}"
    row = await db.fetch_one(sql, application_id, *visible.params)
    if row is None:
        raise errors.ApplicationUnknown
    is_masked = actor.reads_masked("financing.read")
    referrals = await db.fetch(
        f"SELECT {REFERRAL} FROM {REFERRED} WHERE r.application_id = $1 ORDER BY r.position", application_id
    )
    return {
        **_card(actor, row),
        "standards": _standards(orjson.loads(row["standards"]), is_masked=is_masked),
        "matches": [_match(one) for one in await db.fetch(_MATCHES, application_id, clock.today())],
        "evidence": [_paper(actor, one, is_masked=is_masked) for one in await evidence.of(application_id)],
        "signals": [_signal(one) for one in _by_lot(row["seed"], await db.fetch(_SIGNALS, application_id))],
        "consents": [_consent(one) for one in await db.fetch(_CONSENTS, application_id)],
        "referrals": [referral_told(one, is_masked=is_masked) for one in referrals],
        "events": await log(application_id, is_masked=is_masked),
    }


def _standards(given: dict[str, Any], *, is_masked: bool) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "title": title,
            "is_answered": key in given,
            "is_met": given.get(key, {}).get("is_met"),
            "evidence": MASKED
            if is_masked and given.get(key, {}).get("evidence")
            else given.get(key, {}).get("evidence", ""),
        }
        for key, title in STANDARDS.items()
    ]


def _paper(actor: Actor, one: dict[str, Any], *, is_masked: bool) -> dict[str, Any]:
    """Tell a paper; only its owner is given a link that opens it, banks open it under their consent."""
    told = {name: value for name, value in one.items() if name != "file_id"}
    if is_masked:
        told["name"] = MASKED
    return {**told, "link": files.address(one["file_id"]) if actor.kind is ActorKind.OWNER else None}


def _match(row: Record) -> dict[str, Any]:
    numbers = ("rate_min_percent", "rate_max_percent", "amount_min_wan", "amount_max_wan")
    told = {name: row[name] if row[name] is None else plain(row[name]) for name in numbers}
    return {**dict(row), **told, "why": orjson.loads(row["why"])}


def _by_lot(seed: str, rows: list[Record]) -> list[Record]:
    """Put banks that are interested in the order of their lots: whoever was quicker stands no higher."""
    return sorted(rows, key=lambda row: ordering.lot(seed, row["institution_id"]))


def _signal(row: Record) -> dict[str, Any]:
    """Tell an interest with the yearly cost at both ends of its rates, without fees: they come with an offer."""
    ends = [_indicated(row, name) for name in ("rate_min_percent", "rate_max_percent")]
    numbers = {name: plain(row[name]) for name in ("amount_wan", "rate_min_percent", "rate_max_percent")}
    word = REPAYMENTS[Repayment(row["repayment"])]
    return {**dict(row), **numbers, "repayment_word": word, "apr_min_percent": ends[0], "apr_max_percent": ends[1]}


def _indicated(row: Record, name: str) -> str:
    loan = Loan(yuan_of(row["amount_wan"]), row["months"], row[name], Repayment(row["repayment"]))
    return f"{apr.cost(loan).apr_percent:f}"


def _consent(row: Record) -> dict[str, Any]:
    is_live = row["revoked_at"] is None and row["expires_at"] > clock.now()
    titles = [kinds.KINDS[one].title for one in row["kinds"] if one in kinds.KINDS]
    return {**dict(row), "kind_titles": titles, "is_live": is_live}


async def reads(
    actor: Actor, application_id: UUID, *, cursor: str | None, limit: int, is_counted: bool = False
) -> dict[str, Any]:
    """Return who of which bank read what and when, the latest first; raises ApplicationUnknown."""
    await check_seen(actor, application_id)
    after = decode_cursor(cursor, UUID)
    rows_from = f"{_READ_FROM} WHERE c.application_id = $1"
    count = count_column(rows_from, cursor) if is_counted else ""
    sql = f"""
    SELECT {_READ}{count} FROM {rows_from} AND ($2::uuid IS NULL OR l.id < $2) ORDER BY l.id DESC LIMIT $3
    """
    rows = await db.fetch(sql, application_id, after[0] if after else None, limit + 1)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    told = [
        {
            **{name: value for name, value in row.items() if name != "found"},
            "titles": [kinds.title(field) for field in row["fields"]],
        }
        for row in page
    ]
    return {"items": told, "next": following, **(counted(rows, cursor) if is_counted else {})}


async def order(actor: Actor, application_id: UUID) -> dict[str, Any]:
    """Return all that it takes to draw the order of the banks again; raises ApplicationUnknown, also before."""
    visible = visible_to(actor)
    rows = await db.fetch(_ORDER.format(visible=visible.render(2)), application_id, *visible.params)
    if not rows:
        raise errors.ApplicationUnknown
    items = [{name: value for name, value in row.items() if name != "seed"} for row in rows]
    seed = rows[0]["seed"]
    for one in items:
        one["lot"] = ordering.lot(seed, one["institution_id"])
        one["product_lot"] = ordering.lot(seed, one["product_id"])
    return {"seed": seed, "method": "sha256(seed:id)", "items": items}


async def enterprise_of(actor: Actor, referral_id: UUID) -> UUID:
    """Return the enterprise of a referral that the actor sees; raises ReferralUnknown."""
    visible = referrals_visible_to(actor)
    sql = f"""
    SELECT a.enterprise_id FROM financing_referrals r JOIN financing_applications a ON a.id = r.application_id
    WHERE r.id = $1 AND {visible.render(2)}
    """
    found: UUID | None = await db.fetch_value(sql, referral_id, *visible.params)
    if found is None:
        raise errors.ReferralUnknown
    return found


async def check_seen(actor: Actor, application_id: UUID) -> UUID:
    """Return the enterprise of an application that the actor sees; raises ApplicationUnknown."""
    visible = visible_to(actor)
    sql = f"SELECT a.enterprise_id FROM financing_applications a WHERE a.id = $1 AND {visible.render(2)}"
    found: UUID | None = await db.fetch_value(sql, application_id, *visible.params)
    if found is None:
        raise errors.ApplicationUnknown
    return found
