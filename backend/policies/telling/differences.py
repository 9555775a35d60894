"""The nightly difference: whoever has come to fit a policy since its publication is found once, and then told once.

A night compares, it does not recompute. Every binding that stands with all versions has a row in `policy_checked` with
the version of its enterprise's facts then; what is looked at are

* bindings that are new or whose facts are at another version now, by whatever way: an answer, an import, a correction,
  a validity that ended, a late commit, a night that was missed;
* bindings with a date that a relative condition ("within 5 years") passed between the last finished night and this one:
  nothing else that a rule says turns into *yes* by time alone;
* all bindings, for versions that were not in the last finished night: new ones, and those whose pushes had paused.

Work is cells of some thousand bindings × some hundred conditions, each one statement; an outbox item carries the place
and every slice runs in the transaction that removes it and puts the next, under one lock: kills repeat nothing.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import outbox
from backend.eligibility import Predicate, compile_rule
from backend.eligibility.tree import leaves
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.outbox import Handler, NewItem, OutboxItem
from backend.policies import rules
from backend.policies.telling import welcoming
from backend.policies.telling.crossing import bounds, crossed
from backend.policies.telling.recipients import ACTING, BEFORE_ALL, OPEN, SLICE_END
from backend.policies.telling.spreading import FOUND

DIFFERENCE: Final = "policies.difference"
"""Outbox topic: go on with a night's difference; payload: the place it has come to (`_Place`)."""
TOPICS: Final = (DIFFERENCE, *welcoming.TOPICS)

SECONDS: Final = 3.0
BINDINGS: Final = 10_000
CONDITIONS: Final = 400
"""A cell: so many bindings, and versions until their rules have so many conditions; well under a second."""
_VERSIONS: Final = 200
_KEY: Final = "night"
_IN_RANGES: Final = ("new", "due")
_AFTER_ALL: Final = UUID(int=2**128 - 1)

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('policies.difference'))"
_BEGIN = """
INSERT INTO policy_differences (on_day, since, started_at)
SELECT $1, (SELECT max(on_day) FROM policy_differences WHERE ended_at IS NOT NULL), $2
ON CONFLICT (on_day) DO NOTHING RETURNING since
"""
_FORGET_ENDED = (
    "DELETE FROM policy_spreads s USING policy_versions v WHERE v.id = s.version_id AND v.ended_at IS NOT NULL"
)
_TAKE_PART = f"""
UPDATE policy_spreads s SET run_on = $1::date FROM policy_versions v WHERE v.id = s.version_id AND {OPEN}
"""
# Who does not act now is looked at from the start when he does again.
_FORGET_IDLE = f"""
DELETE FROM policy_checked k USING bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE b.id = k.binding_id AND b.person_id > $2 AND b.person_id <= $3 AND NOT ({ACTING})
"""
_FILL = f"""
INSERT INTO policy_due (person_id, binding_id, facts_version)
SELECT b.person_id, b.id, e.facts_version
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id LEFT JOIN policy_checked k ON k.binding_id = b.id
WHERE {ACTING} AND b.person_id > $2 AND b.person_id <= $3 AND k.facts_version IS DISTINCT FROM e.facts_version
"""
_FILL_CROSSED = """
INSERT INTO policy_due (person_id, binding_id, facts_version)
SELECT b.person_id, b.id, e.facts_version FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE {acting} AND ({crossed}) ON CONFLICT (person_id, binding_id) DO NOTHING
"""
# $1 the night, $2 the day, $3 behind which one, $4 the night before, $5 whether those that were not in it.
_TAKING_PART = f"""
SELECT s.version_id, v.rule_hash FROM policy_spreads s JOIN policy_versions v ON v.id = s.version_id
WHERE s.run_on = $1::date AND s.version_id > $3 AND {OPEN}
  AND (s.checked_on IS NULL OR s.checked_on IS DISTINCT FROM $4::date) = $5
ORDER BY s.version_id LIMIT $6
"""
_DUE_END = "SELECT person_id FROM policy_due WHERE person_id > $1 ORDER BY person_id OFFSET $2 - 1 LIMIT 1"
_ALL = "bindings b"
_DUE = "policy_due d JOIN bindings b ON b.id = d.binding_id AND b.person_id = d.person_id AND {range}"
_RANGE = "{alias}.person_id > $3 AND {alias}.person_id <= $4"
# In one order, as whoever else writes recipients; an array of answers, for it is compiled once and not for every row.
_FIND = """
WITH fitting AS (
    SELECT b.person_id, e.id, e.name, array_positions(ARRAY[{answers}], TRUE) AS places
    FROM {source} JOIN enterprises e ON e.id = b.enterprise_id WHERE {acting} AND {range}
)
INSERT INTO policy_recipients (version_id, person_id, enterprise_id, enterprises, found_by, found_at)
SELECT ($2::uuid[])[p.place] AS version_id, f.person_id, (array_agg(f.id ORDER BY f.name, f.id))[1], count(*),
       'difference', $1
FROM fitting f CROSS JOIN LATERAL unnest(f.places) AS p (place)
GROUP BY 1, f.person_id ORDER BY 1, f.person_id
ON CONFLICT (version_id, person_id) DO NOTHING
"""
_CHECKED = f"""
INSERT INTO policy_checked (binding_id, facts_version)
SELECT d.binding_id, d.facts_version
FROM policy_due d JOIN bindings b ON b.id = d.binding_id JOIN enterprises e ON e.id = b.enterprise_id
WHERE d.person_id > $2 AND d.person_id <= $3 AND {ACTING}
ON CONFLICT (binding_id) DO UPDATE SET facts_version = EXCLUDED.facts_version
"""
_NO_LONGER_DUE = "DELETE FROM policy_due WHERE person_id > $1 AND person_id <= $2"
_IN_THIS_NIGHT = """
SELECT DISTINCT v.rule_hash FROM policy_spreads s JOIN policy_versions v ON v.id = s.version_id WHERE s.run_on = $1
"""
# Not who paused meanwhile, nor what a release left behind: the first night after that looks for everyone.
_STOOD_TO_THE_END = """
UPDATE policy_spreads s SET checked_on = s.run_on FROM policy_versions v
WHERE v.id = s.version_id AND s.run_on = $1 AND v.pushes_paused_at IS NULL AND v.rule_hash <> ALL($2::text[])
"""
_END = "UPDATE policy_differences SET ended_at = $2 WHERE on_day = $1"
_TO_TELL = """
SELECT DISTINCT r.version_id FROM policy_recipients r JOIN policy_versions v ON v.id = r.version_id
WHERE r.told_at IS NULL AND v.state = 'published' AND v.pushes_paused_at IS NULL ORDER BY r.version_id
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a night has come: the step, the range of persons it is at, and the last version done with there.

    `holds`: it brings so many new people that their welcome waits for a release.
    """

    day: date
    since: date | None
    step: str = "filling"
    after: UUID = BEFORE_ALL
    upto: UUID | None = None
    version: UUID = BEFORE_ALL
    bounds: frozenset[str] = frozenset()
    holds: bool = False

    def payload(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "since": self.since and self.since.isoformat(),
            "step": self.step,
            "after": str(self.after),
            "upto": self.upto and str(self.upto),
            "version": str(self.version),
            "bounds": sorted(self.bounds),
            "holds": self.holds,
        }

    @classmethod
    def of(cls, payload: dict[str, Any]) -> "_Place":
        return cls(
            date.fromisoformat(payload["day"]),
            payload["since"] and date.fromisoformat(payload["since"]),
            payload["step"],
            UUID(payload["after"]),
            payload["upto"] and UUID(payload["upto"]),
            UUID(payload["version"]),
            frozenset(payload["bounds"]),
            payload.get("holds", False),
        )


async def begin(not_before: str = "00:00") -> bool:
    """Begin the day's difference once `not_before` ("HH:MM" in China) is past; False when there is nothing to begin.

    A night that was never finished is given up: what it had not come to is still due.
    """
    here = clock.now().astimezone(clock.SHANGHAI)
    if f"{here:%H:%M}" < not_before or await db.fetch_value(
        "SELECT TRUE FROM policy_differences WHERE on_day = $1", here.date()
    ):
        return False
    async with db.transaction():
        await db.execute(_LOCK)
        begun = await db.fetch_one(_BEGIN, here.date(), clock.now())
        if begun is None:
            return False
        await outbox.cancel(DIFFERENCE, _KEY)
        await db.execute(_FORGET_ENDED)
        await db.execute(_TAKE_PART, here.date(), here.date())
        await db.execute("DELETE FROM policy_due")
        await outbox.put(DIFFERENCE, _Place(here.date(), begun["since"]).payload(), key=_KEY)
    return True


async def differ(items: Sequence[OutboxItem]) -> None:
    """Go on with the night for some seconds, and put the place it has come to."""
    end = time.monotonic() + SECONDS
    await db.execute(_LOCK)
    await db.execute("SET LOCAL jit = off")  # hundreds of conditions that each run a few thousand times
    for item in items:
        place: _Place | None = _Place.of(item.payload)
        while place is not None and time.monotonic() < end:
            place = await _STEPS[place.step](place)
            if place is not None and place.upto is None and place.step in _IN_RANGES:
                break  # one range a transaction: rows then come in one order, version by version
        if place is not None:
            await outbox.put(DIFFERENCE, place.payload(), key=_KEY)


async def _fill(place: _Place) -> _Place:
    """Make due, among the next bindings, what is new or has other facts now."""
    upto = await _end_of_range(SLICE_END, place)
    await db.execute(_FORGET_IDLE, clock.now(), place.after, upto)
    await db.execute(_FILL, clock.now(), place.after, upto)
    return replace(place, after=upto) if upto != _AFTER_ALL else _Place(place.day, place.since, "crossing")


async def _cross(place: _Place) -> _Place:
    """Make due whoever's date a condition of the next versions passed since the last finished night."""
    versions = await _versions(place, are_new=False) if place.since else []
    if not versions:
        return _Place(place.day, place.since, "new")
    parsed = await rules.parsed({row["rule_hash"] for row in versions})
    fresh = {name: bound for name, bound in bounds(parsed.values()).items() if name not in place.bounds}
    if fresh and place.since:
        passed = crossed(fresh, place.since, place.day, alias="e", first_param=2)
        await db.execute(_FILL_CROSSED.format(acting=ACTING, crossed=passed.sql), clock.now(), *passed.params)
    return replace(place, version=versions[-1]["version_id"], bounds=place.bounds | fresh.keys())


async def _look_at_all(place: _Place) -> _Place:
    """Versions that were not in the last finished night, over all bindings."""
    if place.upto is None:
        place = replace(place, upto=await _end_of_range(SLICE_END, place), version=BEFORE_ALL)
    versions = await _versions(place, are_new=True)
    if versions:
        return await _cell(place, versions, _ALL)
    if place.upto == _AFTER_ALL:
        return _Place(place.day, place.since, "due", holds=await welcoming.are_many())
    return replace(place, after=place.upto or _AFTER_ALL, upto=None)


async def _look_at_due(place: _Place) -> _Place:
    """All other versions, over the bindings that are due; then who is new among them is told of all at once."""
    if place.upto is None:
        place = replace(place, upto=await _end_of_range(_DUE_END, place), version=BEFORE_ALL)
    versions = await _versions(place, are_new=False)
    if versions:
        return await _cell(place, versions, _DUE.format(range=_RANGE.format(alias="d")))
    if await welcoming.welcome(place.day, place.after, place.upto or _AFTER_ALL, holds=place.holds):
        return place
    await db.execute(_CHECKED, clock.now(), place.after, place.upto)
    await db.execute(_NO_LONGER_DUE, place.after, place.upto)
    if place.upto == _AFTER_ALL:
        return _Place(place.day, place.since, "end")
    return replace(place, after=place.upto or _AFTER_ALL, upto=None)


async def _end_of_range(sql: str, place: _Place) -> UUID:
    upto: UUID | None = await db.fetch_value(sql, place.after, BINDINGS)
    return upto or _AFTER_ALL


async def _versions(place: _Place, *, are_new: bool) -> list[Record]:
    return await db.fetch(_TAKING_PART, place.day, place.day, place.version, place.since, are_new, _VERSIONS)


async def _cell(place: _Place, versions: Sequence[Record], source: str) -> _Place:
    """Find who of a range fits the first of these versions, as many as one statement may carry."""
    parsed = await rules.parsed({row["rule_hash"] for row in versions})
    taken: dict[UUID, Predicate] = {}
    params: list[Any] = []
    last, conditions = place.version, 0
    for row in versions:
        rule = parsed.get(row["rule_hash"])
        conditions += sum(1 for _ in leaves(rule.root)) if rule else 0
        if taken and conditions > CONDITIONS:
            break
        last = row["version_id"]
        if rule is not None:  # one that a release left behind answers nothing
            taken[last] = compile_rule(rule, CATALOGUE, place.day, first_param=5 + len(params)).surely
            params += taken[last].params
    if taken:
        answers = ", ".join(f"({one.sql})" for one in taken.values())
        sql = _FIND.format(answers=answers, source=source, acting=ACTING, range=_RANGE.format(alias="b"))
        await db.execute(sql, clock.now(), list(taken), place.after, place.upto, *params)
    return replace(place, version=last)


async def _end(place: _Place) -> None:
    """Note that the night is done with, and have everyone told who is not."""
    hashes = {row["rule_hash"] for row in await db.fetch(_IN_THIS_NIGHT, place.day)}
    await db.execute(_STOOD_TO_THE_END, place.day, list(await rules.left_behind(hashes)))
    await db.execute(_END, place.day, clock.now())
    waiting = await db.fetch(_TO_TELL)
    await outbox.put_many([NewItem(FOUND, {"version_id": str(row["version_id"])}) for row in waiting])
    await welcoming.close_later()


_STEPS: Final[dict[str, Callable[[_Place], Awaitable[_Place | None]]]] = {
    "filling": _fill,
    "crossing": _cross,
    "new": _look_at_all,
    "due": _look_at_due,
    "end": _end,
}
HANDLERS: Final[dict[str, Handler]] = {DIFFERENCE: differ, **welcoming.HANDLERS}
