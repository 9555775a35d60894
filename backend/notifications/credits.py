"""What a person allowed us to send: one-time credits and standing permissions, with a ledger as the proof.

A tap on the subscribe dialog is told twice: by the mini-program (`report`) and by WeChat's popup event. Report and
event of one tap, at most five minutes apart, count once. Credit from a report alone is presumed: WeChat does not push
an event when the owner ticked "always keep". Anybody can send reports, so they alone fill a balance up to
`PRESUMED_MOST` and no further; an event counts whatever the balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.foundation import clock, db
from backend.notifications.emptying import empty_credits
from backend.notifications.kinds import KINDS
from backend.notifications.locking import lock_addresses

SAME_TAP: Final = timedelta(minutes=5)
PRESUMED_MOST: Final = 14
"""A week of the two broadcasts a day that a person is sent at most, unless a setting says otherwise."""

_OPEN_ROWS = """
INSERT INTO credits (address_id, template_id, updated_at)
SELECT a.id, t.template_id, $3 FROM addresses a JOIN message_templates t USING (account)
WHERE a.id = $1 AND t.template_id = ANY($2::text[])
ON CONFLICT (address_id, template_id) DO NOTHING
"""

# A side's accept is matched by one of the other side's that is still open and young; otherwise it is a credit. A report
# that the bound leaves out opens nothing either: the event of its tap then counts.
_ACCEPT = """
WITH judged AS (
    SELECT c.address_id, c.template_id, t.is_long_term,
           CASE WHEN {theirs}_at >= $3::timestamptz - $4::interval THEN {theirs}_open ELSE 0 END AS theirs,
           CASE WHEN {ours}_at >= $3::timestamptz - $4::interval THEN {ours}_open ELSE 0 END AS ours
    FROM credits c JOIN message_templates t USING (template_id)
    WHERE c.address_id = $1 AND c.template_id = ANY($2::text[])
), counted AS (
    UPDATE credits c SET
        balance = c.balance + (j.theirs = 0 AND NOT j.is_long_term)::int,
        is_standing = c.is_standing OR j.is_long_term,
        {theirs}_open = GREATEST(j.theirs - 1, 0),
        {ours}_open = j.ours + (j.theirs = 0)::int,
        {ours}_at = $3, updated_at = $3
    FROM judged j WHERE c.address_id = j.address_id AND c.template_id = j.template_id
        AND (NOT $6 OR j.theirs > 0 OR j.is_long_term OR c.balance < $7)
    RETURNING c.template_id, c.balance, j.is_long_term, j.theirs = 0 AS is_new
)
INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, is_presumed, at)
SELECT uuidv7(), $1, template_id, (is_new AND NOT is_long_term)::int, balance,
       CASE WHEN is_long_term THEN 'standing' WHEN is_new THEN $5 ELSE 'confirmed' END, is_new AND $6, $3
FROM counted
"""
_BY_REPORT = _ACCEPT.format(ours="reports", theirs="events")
_BY_EVENT = _ACCEPT.format(ours="events", theirs="reports")

_END_STANDING = """
UPDATE credits SET is_standing = FALSE, updated_at = $3
WHERE address_id = $1 AND template_id = ANY($2::text[]) AND is_standing
"""

_DECLINE = """
UPDATE credits SET declined_at = $3 WHERE address_id = $1 AND template_id = ANY($2::text[])
"""
_ALLOW_AGAIN = """
UPDATE credits SET declined_at = NULL
WHERE address_id = $1 AND template_id = ANY($2::text[]) AND declined_at IS NOT NULL
"""

_STATUS = """
SELECT t.template_id, t.title, t.is_long_term, COALESCE(c.balance, 0) AS balance,
       COALESCE(c.is_standing, FALSE) AS is_standing
FROM message_templates t JOIN addresses a ON a.account = t.account AND a.id = $1
LEFT JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id
WHERE t.state = 'live' AND t.title = ANY($2::text[]) ORDER BY t.title, t.template_id
"""
_OF_PERSON = "SELECT id FROM addresses WHERE person_id = $1 AND state = 'live' ORDER BY seen_at DESC, id LIMIT 1"
_OF_OPENID = "SELECT id FROM addresses WHERE channel = 'subscribe' AND account = $1 AND openid = $2"

_DRIFT = """
SELECT c.address_id, c.template_id, c.balance, COALESCE(sum(e.change), 0)::int AS proven
FROM credits c LEFT JOIN credit_entries e USING (address_id, template_id)
WHERE c.address_id > $1 AND ($2::uuid IS NULL OR c.address_id <= $2)
GROUP BY 1, 2, 3 HAVING c.balance <> COALESCE(sum(e.change), 0)
"""
_SLICE_END = "SELECT address_id FROM credits WHERE address_id > $1 ORDER BY address_id OFFSET $2 - 1 LIMIT 1"
BEFORE_ALL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Permission:
    """What a person allows for one template now."""

    template_id: str
    title: str
    is_long_term: bool
    balance: int
    is_standing: bool


async def report(person_id: UUID, accepted: Sequence[str], refused: Sequence[str]) -> None:
    """Count what the mini-program says the owner answered in the dialog; unknown templates are ignored."""
    address = await db.fetch_value(_OF_PERSON, person_id)
    if address is not None:
        await _answered(address, accepted, refused, by_event=False)


async def popup(account: str, openid: str, accepted: Sequence[str], refused: Sequence[str]) -> None:
    """Count what WeChat's popup event says the owner answered."""
    address = await db.fetch_value(_OF_OPENID, account, openid)
    if address is not None:
        await _answered(address, accepted, refused, by_event=True)


async def opted_out(account: str, openid: str, templates: Sequence[str]) -> None:
    """Take back everything allowed for templates the owner switched off in WeChat's settings."""
    address = await db.fetch_value(_OF_OPENID, account, openid)
    if address is not None:
        async with db.transaction():
            await lock_addresses([address])
            await empty_credits([(address, template) for template in templates], "opted_out")


async def permissions(person_id: UUID) -> list[Permission]:
    """Return what a person allows, for each template that some kind uses; nothing when he can't be reached."""
    address = await db.fetch_value(_OF_PERSON, person_id)
    return [
        Permission(**row)
        for row in await db.fetch(_STATUS, address, sorted({kind.template for kind in KINDS.values()}))
    ]


async def drift(after: UUID = BEFORE_ALL, upto: UUID | None = None) -> list[tuple[UUID, str, int, int]]:
    """Return balances that the ledger does not prove: (address, template, balance, proven); must be empty.

    Of all addresses, or of those behind `after` up to `upto`.
    """
    return [tuple(row) for row in await db.fetch(_DRIFT, after, upto)]


async def slice_end(after: UUID, size: int) -> UUID | None:
    """Return the address at which a slice of about so many balances ends; None when fewer are left."""
    found: UUID | None = await db.fetch_value(_SLICE_END, after, size)
    return found


async def _answered(address: UUID, accepted: Sequence[str], refused: Sequence[str], *, by_event: bool) -> None:
    """A refusal in the dialog takes nothing back: credits given before stay (only a standing permission ends)."""
    async with db.transaction():
        await lock_addresses([address])
        moment = clock.now()
        if accepted:
            await db.execute(_OPEN_ROWS, address, list(accepted), moment)
            statement, reason = (_BY_EVENT, "popup") if by_event else (_BY_REPORT, "report")
            await db.execute(statement, address, list(accepted), moment, SAME_TAP, reason, not by_event, PRESUMED_MOST)
            await db.execute(_ALLOW_AGAIN, address, list(accepted))
        if refused:
            await db.execute(_OPEN_ROWS, address, list(refused), moment)
            await db.execute(_DECLINE, address, list(refused), moment)
            await db.execute(_END_STANDING, address, list(refused), moment)
