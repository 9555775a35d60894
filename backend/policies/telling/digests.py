"""The weekly question: who *may* fit gets no push, only, at most once a week, the one question that settles most.

For those alone who subscribed to it at WeChat and who do not refuse to be profiled: once a week, whatever the number of
enterprises, for the enterprise of which one answer settles most. What may be asked is what the feed would ask too, but
nothing sensitive, for a push is read on a locked screen. Some seconds' worth a slice, from an outbox item that carries
the place.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import notifications, outbox
from backend.eligibility import Fact, Question, RuleSet, facts_from_row
from backend.enterprises.catalogue import CATALOGUE, DERIVED, INTERNAL
from backend.foundation import clock, db
from backend.notifications import Message
from backend.notifications.kinds import KINDS
from backend.outbox import Handler, OutboxItem
from backend.policies import messages, rules
from backend.policies.reading import sizing
from backend.policies.rules import Live
from backend.policies.telling.recipients import ACTING, BEFORE_ALL, OPEN

DIGEST: Final = "policies.digest"
"""Outbox topic: go on with a week's questions; payload {after: the last person looked at}."""
TOPICS: Final = (DIGEST,)

PEOPLE: Final = 50
SECONDS: Final = 3.0
APART: Final = timedelta(days=7)
_NEVER: Final = frozenset({fact.key for fact in CATALOGUE.values() if fact.sensitive}) | DERIVED | INTERNAL

_BEGIN = "INSERT INTO dedupe_keys (key, on_day) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING"
_SUBSCRIBED = """
SELECT DISTINCT a.person_id
FROM addresses a JOIN message_templates t ON t.account = a.account AND t.title = $2 AND t.state = 'live'
JOIN credits c ON c.address_id = a.id AND c.template_id = t.template_id AND (c.balance > 0 OR c.is_standing)
WHERE a.state = 'live' AND a.person_id > $1
  AND NOT EXISTS (SELECT FROM policy_digests d WHERE d.person_id = a.person_id AND d.told_on > $3)
ORDER BY a.person_id LIMIT $4
"""
_OPEN = f"SELECT v.id FROM policy_versions v WHERE v.id = ANY($1::uuid[]) AND {OPEN}"
_ENTERPRISES = """
SELECT b.person_id, e.id, e.name{columns} FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
WHERE {acting} AND b.person_id = ANY($2::uuid[]) ORDER BY b.person_id, e.name, e.id
"""
_PUT_OFF = """
SELECT person_id, enterprise_id, fact FROM policy_question_skips WHERE person_id = ANY($1::uuid[]) AND until >= $2
"""
_TOLD = """
INSERT INTO policy_digests (person_id, told_on) SELECT person_id, $2 FROM unnest($1::uuid[]) AS told (person_id)
ON CONFLICT (person_id) DO UPDATE SET told_on = EXCLUDED.told_on
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The best question for one enterprise."""

    question: Question[UUID]
    open_count: int
    enterprise: Record


@dataclass(frozen=True, slots=True)
class _Ready:
    """The open rules made ready for a day; they serve as long as nothing is published, ended or paused."""

    open_ids: frozenset[UUID]
    rule_set: RuleSet[UUID]
    live: Live

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the rules ask about, and what the size of an enterprise follows from."""
        return tuple({fact.key: fact for fact in (*self.live.facts, *sizing.INPUTS)}.values())


_ready: list[_Ready] = []


async def begin(weekday: int, not_before: str) -> bool:
    """Begin this week's questions on a weekday (1 is Monday) at "HH:MM" in China or, where no worker ran then, later.

    False when they were begun already or it is too early; a week that passed without a worker is not made up.
    """
    here = clock.now().astimezone(clock.SHANGHAI)
    year, week, today = here.isocalendar()
    if today < weekday or (today == weekday and f"{here:%H:%M}" < not_before):
        return False
    async with db.transaction():
        if not await db.execute(_BEGIN, f"{DIGEST}:{year}-{week}", here.date()):
            return False
        await outbox.put(DIGEST, {"after": str(BEFORE_ALL)})
    return True


async def ask(items: Sequence[OutboxItem]) -> None:
    """Ask the next people, for some seconds."""
    end = time.monotonic() + SECONDS
    for item in items:
        after: UUID | None = UUID(item.payload["after"])
        while after is not None and time.monotonic() < end:
            after = await _ask_some(after)
        if after is not None:
            await outbox.put(DIGEST, {"after": str(after)})


async def _ask_some(after: UUID) -> UUID | None:
    """Ask up to PEOPLE people behind one; returns the last of them, None behind the last of all."""
    today = clock.today()
    template = KINDS["policy_digest"].template
    rows = await db.fetch(_SUBSCRIBED, after, template, today - APART, PEOPLE)
    people = [row["person_id"] for row in rows]
    if not people:
        return None
    told = await _questions(people, today)
    await notifications.tell(told)
    await db.execute(_TOLD, [one.recipient for one in told], today)
    return people[-1] if len(people) == PEOPLE else None


async def _questions(people: Sequence[UUID], today: date) -> list[Message]:
    ready = await _made_ready(today)
    columns = rules.column_list(ready.facts, "e")
    rows = await db.fetch(_ENTERPRISES.format(columns=columns, acting=ACTING), clock.now(), people)
    put_off = defaultdict(set)
    for skip in await db.fetch(_PUT_OFF, people, today):
        put_off[skip["person_id"], skip["enterprise_id"]].add(skip["fact"])
    best: dict[UUID, _Asked] = {}
    for row in rows:
        # beside the event loop: for thousands of policies it takes a good part of a second
        asked = await asyncio.to_thread(_question, ready, row, put_off[row["person_id"], row["id"]])
        known = best.get(row["person_id"])
        if asked and (known is None or len(asked.question.settles) > len(known.question.settles)):
            best[row["person_id"]] = asked
    return [_message(person, asked, today) for person, asked in best.items()]


async def _made_ready(today: date) -> _Ready:
    live = await rules.live()
    rows = await db.fetch(_OPEN, list(live.rules), today)
    open_ids = frozenset(row["id"] for row in rows)
    kept = _ready[0] if _ready else None
    if kept is None or (kept.open_ids, kept.rule_set.as_of, kept.live.version) != (open_ids, today, live.version):
        kept = _Ready(open_ids, RuleSet({one: live.rules[one] for one in open_ids}, today), live)
        _ready[:] = [kept]
    return kept


def _question(ready: _Ready, row: Record, put_off: set[str]) -> _Asked | None:
    """Return what to ask of one enterprise; None when no single answer settles anything."""
    values: Mapping[str, Any] = dict(row)
    answers = ready.rule_set.answer(facts_from_row(values, ready.facts))
    found = sizing.best_question(answers, except_facts=_NEVER | put_off)
    return None if found is None else _Asked(found, len(answers.unknown), row)


def _message(person: UUID, asked: _Asked, today: date) -> Message:
    return messages.digest(
        person,
        dict(asked.enterprise),
        asked.question.fact.title,
        open_count=asked.open_count,
        settled=len(asked.question.settles),
        on_day=today,
    )


HANDLERS: Final[Mapping[str, Handler]] = {DIGEST: ask}
