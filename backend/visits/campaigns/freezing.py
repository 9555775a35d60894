"""Freezes whom a campaign visits: one statement picks and leaves out, one pure function spreads, one more writes.

The SHA-256 over the list and the words is what is signed off. Nothing is looked up enterprise by enterprise.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import runtime, worktime
from backend.access import SYSTEM, Actor
from backend.consents import NOT_REFUSED
from backend.eligibility import compile_rule
from backend.enterprises import audience
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.contacts import Side, ceilings
from backend.enterprises.rules import parse_stored
from backend.foundation import clock, db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders
from backend.visits import reasons
from backend.visits.availability.visitors import Visitor, crew
from backend.visits.campaigns.errors import NobodyToVisit, PreviewTooSlow, TooLate
from backend.visits.campaigns.rows import RUN, Campaign, changing, lock, move
from backend.visits.campaigns.spreading import Capacity, Spread, Target, spread
from backend.visits.campaigns.states import CAMPAIGN, EDITABLE, CampaignState
from backend.visits.contacts import noting
from backend.worktime import Calendar

WANTED: Final = "campaign_release_wanted"
DAYS_A_WEEK: Final = 5

REACHABLE: Final = f"""
EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = e.id AND {audience.REPRESENTING}
        AND {NOT_REFUSED.format(person="b.person_id")})"""
"""SQL over `enterprises e`: is there anybody who can be asked in the mini-program? $1 is now."""

# $1 now, $2 today, $3 for how many days a risk class counts, $4 year, $5 since when a contact is recent, $6 until when
# a plan is, $7 whether the kind is counted, $8 districts.
LEFT_OUT: Final = f"""
CASE WHEN e.closed_at IS NOT NULL OR e.status IN ('deregistered', 'revoked') THEN 'closed'
    WHEN EXISTS (SELECT FROM contacts c WHERE c.enterprise_id = e.id AND c.struck_at IS NULL AND c.is_counted
                 AND c.on_day >= $5::date)
      OR EXISTS (SELECT FROM contact_plans p WHERE p.enterprise_id = e.id AND p.state = 'planned' AND p.is_counted
                 AND p.on_day <= $6::date) THEN 'recent'
    WHEN $7::boolean AND y.used + p.planned >= m.per_year THEN 'ceiling'
    WHEN NOT {REACHABLE} THEN 'nobody' END
"""
YEARS: Final = f"""
LEFT JOIN LATERAL (SELECT count(*) AS used FROM contacts c WHERE c.enterprise_id = e.id AND c.year = $4
    AND c.side = 'service' AND c.struck_at IS NULL AND c.is_counted AND NOT c.is_wished) y ON TRUE
LEFT JOIN LATERAL (SELECT count(*) AS planned FROM contact_plans p WHERE p.enterprise_id = e.id AND p.year = $4
    AND p.side = 'service' AND p.state = 'planned' AND p.is_counted) p ON TRUE
LEFT JOIN LATERAL ({ceilings.CEILING.format(side=f"'{Side.SERVICE}'", enterprise="e", today="$2", days="$3")}) m ON TRUE
"""
"""SQL beside `enterprises e`: how its year of services stands."""

_CHOSEN: Final = f"""
SELECT e.id, e.district, coalesce(e.town, '') AS town, {LEFT_OUT} AS left_out
FROM enterprises e {YEARS}
WHERE {{surely}} AND e.closed_at IS NULL AND (cardinality($8::text[]) = 0 OR e.district = ANY ($8::text[]))
ORDER BY e.id
"""
_WRITE: Final = """
INSERT INTO visit_campaign_targets (id, campaign_id, enterprise_id, district, staff_id, unit_id, week, left_out, state)
SELECT uuidv7(), $1, n.enterprise_id, n.district, n.staff_id, s.unit_id, n.week, n.left_out,
    CASE WHEN n.left_out IS NULL THEN 'waiting' ELSE 'left_out' END
FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::date[], $6::text[]) AS n (enterprise_id, district, staff_id, week,
    left_out) LEFT JOIN staff s ON s.id = n.staff_id
"""
_FORGET: Final = "DELETE FROM visit_campaign_targets WHERE campaign_id = $1"
# Over the words as well: what is signed off is who is asked by whom, when, and what for.
_DIGEST: Final = """
SELECT encode(sha256(convert_to(concat_ws(chr(31), c.title, c.why, c.reason, c.place, c.first_on, c.weeks, c.seed) || (
    SELECT coalesce(string_agg(concat_ws(' ', t.enterprise_id, t.staff_id, t.week), ',' ORDER BY t.enterprise_id), '')
    FROM visit_campaign_targets t WHERE t.campaign_id = c.id AND t.left_out IS NULL), 'UTF8')), 'hex')
FROM visit_campaigns c WHERE c.id = $1
"""
_VISITORS: Final = "SELECT staff_id FROM visit_campaign_visitors WHERE campaign_id = $1 ORDER BY staff_id"
_ABSENT: Final = """
SELECT a.staff_id, d::date AS day FROM staff_absences a
CROSS JOIN generate_series(greatest(a.from_on, $2::date), least(a.until_on, $3::date), interval '1 day') AS d
WHERE a.staff_id = ANY ($1::uuid[]) AND a.withdrawn_at IS NULL
"""
_COUNTED: Final = "SELECT is_counted FROM contact_kinds WHERE key = $1"


async def digest(campaign_id: UUID) -> str:
    """Return the SHA-256 over a campaign's words and its list as they stand now."""
    found: str = await db.fetch_value(_DIGEST, campaign_id)
    return found


async def freeze(campaign_id: UUID, *, actor: Actor, version: int | None = None) -> Campaign:
    """Freeze the list of a draft; a long one then wants a second person. Raises NobodyToVisit, TooLate, WrongState."""
    async with changing(campaign_id, actor, version) as one, audience.bounded(PreviewTooSlow):
        if one.state not in EDITABLE:
            CAMPAIGN.check(one.state, CampaignState.FROZEN)
        if one.last_on < clock.today():
            raise TooLate
        rows = await _choose(one)
        targets, people = await _reach(one, [row for row in rows if row["left_out"] is None])
        found = spread(targets, people, one.seed)
        if not found.given:
            raise NobodyToVisit
        await _write(one, rows, found)
        return await _sign(one, rows, found, people, actor)


async def _choose(one: Campaign) -> list[Record]:
    surely = compile_rule(parse_stored(one.rule), CATALOGUE, clock.today(), first_param=9).surely
    given = await bounds(one)
    return await db.fetch(_CHOSEN.format(surely=surely.sql), *given, list(one.districts), *surely.params)


async def bounds(one: Campaign) -> tuple[Any, ...]:
    """Return the first seven parameters of LEFT_OUT and YEARS for a campaign as it is today."""
    today = clock.today()
    counted = await db.fetch_value(_COUNTED, noting.kind_of(one.reason, one.place))
    since, until = today - timedelta(days=one.recent_days), one.last_on + timedelta(days=one.recent_days)
    if not one.recent_days:
        since, until = date.max, date.min
    return (clock.now(), today, ceilings.class_days(), max(today, one.first_on).year, since, until, counted)


async def _reach(one: Campaign, rows: Sequence[Record]) -> tuple[list[Target], list[Capacity]]:
    """Return whom to visit with who can be sent there, and what each visitor can do in each week."""
    chosen = [row["staff_id"] for row in await db.fetch(_VISITORS, one.id)]
    skill = (await reasons.known(one.reason)).skill
    able: dict[str | None, list[Visitor]] = {}
    for district in {row["district"] for row in rows}:
        able[district] = list((await crew(district, skill, only=chosen)).visitors)
    reach = {district: frozenset(person.id for person in people) for district, people in able.items()}
    targets = [Target(row["id"], row["town"], reach[row["district"]]) for row in rows]
    people = {person.id: person for found in able.values() for person in found}
    return targets, await _capacities(one, people)


async def _capacities(one: Campaign, people: Mapping[UUID, Visitor]) -> list[Capacity]:
    """Return what each can do: his share of a full week for the days that are worked and on which he is there."""
    calendar = await worktime.current()
    away: dict[UUID, set[date]] = {}
    for row in await db.fetch(_ABSENT, list(people), one.first_on, one.last_on):
        away.setdefault(row["staff_id"], set()).add(row["day"])
    found = []
    for staff, person in sorted(people.items()):
        gone = away.get(staff, set())
        found.append(Capacity(staff, {day: _room(one, day, calendar, gone, person) for day in one.mondays}))
    return found


def _room(one: Campaign, monday: date, calendar: Calendar, away: set[date], person: Visitor) -> int:
    days = [monday + timedelta(days=n) for n in range(7)]
    there = [day for day in days if calendar.is_workday(day) and day not in away and day >= clock.today()]
    return min(-(-one.per_week * min(len(there), DAYS_A_WEEK) // DAYS_A_WEEK), person.per_day * len(there))


async def _write(one: Campaign, rows: Sequence[Record], found: Spread) -> None:
    await db.execute(_FORGET, one.id)
    ids = [row["id"] for row in rows]
    nowhere: tuple[UUID | None, date | None] = (None, None)
    given = [found.given.get(each, nowhere) for each in ids]
    why = [row["left_out"] or found.left_out.get(row["id"]) for row in rows]
    columns = ([row["district"] for row in rows], [staff for staff, _ in given], [week for _, week in given], why)
    await db.execute(_WRITE, one.id, ids, *columns)


async def _sign(
    one: Campaign, rows: Sequence[Record], found: Spread, people: Sequence[Capacity], actor: Actor
) -> Campaign:
    makers = sorted({*one.makers, *([actor.id] if actor.id else [])})
    count = len(found.given)
    noted: dict[str, Any] = {
        "chosen": count,
        "left_out": len(rows) - count,
        "makers": makers,
        "frozen_at": clock.now(),
        "explained": _explained(one, found, people),
        "digest": await digest(one.id),
    }
    if one.state in (CampaignState.FROZEN, CampaignState.RELEASE_WANTED):
        await move(one, CampaignState.DRAFT, actor, "campaigns.thawed")
        one = await lock(one.id)
    await move(one, CampaignState.FROZEN, actor, "campaigns.frozen", **noted)
    if count > runtime.current().settings.release_above:
        frozen = await lock(one.id)
        await move(frozen, CampaignState.RELEASE_WANTED, SYSTEM, "campaigns.release_wanted")
        fields = {"title": one.title, "enterprises": str(count), "campaign_id": str(one.id)}
        once = f"campaign-release:{one.id}:{noted['digest'][:16]}"
        await staff_notices.tell(WANTED, Holders(RUN), fields=fields, once=once, subject=one.id, but=makers)
    return await lock(one.id)


def _explained(one: Campaign, found: Spread, people: Sequence[Capacity]) -> str:
    """Say in Chinese how the list was spread, so that anybody can compute it again."""
    total = sum(person.total for person in people)
    return (
        f"{len(found.given)}家由{len(people)}位走访人员在{one.weeks}周内走访，可安排{total}次。"
        f"按种子“{one.seed[:8]}…”对企业编号求 SHA-256 排序，可去人员最少的先分；"
        "每家分给能去的人中已分占比最小的一位；各人的名单按乡镇归并，再按各周可用工作日均匀分到各周。"
    )
