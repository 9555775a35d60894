"""The smallest question for an enterprise: the one fact that would settle most of the policies that are still open.

Nothing that is known and still valid is asked, nothing derived or internal, and nothing that this person put off. Who
refuses to be profiled is asked nothing unless he wishes it himself: which question comes rests on what is known of his
enterprise; what he then answers is his own telling like any other.
"""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from backend.access import Actor
from backend.consents import is_refused
from backend.eligibility import Fact, Source, Value, Verdict, facts_from_row, with_answer
from backend.eligibility.evaluate import Facts, is_stale
from backend.enterprises import service as enterprises
from backend.enterprises.catalogue import CATALOGUE, DERIVED, INTERNAL
from backend.enterprises.errors import FactInvalid, NotAskable
from backend.enterprises.values import all_stored
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.identity import acting_for
from backend.policies import rules
from backend.policies.errors import OnlySensitive
from backend.policies.queries import LIVE
from backend.policies.reading import sizing
from backend.policies.rules import Live
from backend.policies.scope import SCOPE

TELLING: Final = "enterprises"
"""Who answers changes what is known of the enterprise: a clerk needs both scopes."""

LATER: Final = timedelta(days=30)
NEVER_STALE: Final = timedelta(days=365)
"""How long "不想回答" holds for a fact whose values never go stale."""

MOST_NAMED: Final = 20

_NAMED: Final = f"""
SELECT v.id, v.policy_id, v.title FROM policy_versions v
WHERE v.id = ANY($1::uuid[]) AND {LIVE.format(day="$2::date")} ORDER BY v.id DESC
"""
_PUT_OFF: Final = """
SELECT fact FROM policy_question_skips WHERE enterprise_id = $1 AND person_id = $2 AND until >= $3
"""
_SKIP: Final = """
INSERT INTO policy_question_skips (enterprise_id, person_id, fact, until) VALUES ($1, $2, $3, $4)
ON CONFLICT (enterprise_id, person_id, fact) DO UPDATE SET until = EXCLUDED.until
"""
_ANSWERED: Final = "DELETE FROM policy_question_skips WHERE enterprise_id = $1 AND fact = $2"


class PutOff(StrEnum):
    """What somebody says who does not answer: ask me again in a month, or not before the answer would go stale."""

    LATER = "later"
    UNWILLING = "unwilling"


@dataclass(frozen=True, slots=True)
class Named:
    """A policy as it is named beside a question or an answer; `id` is the policy's."""

    id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the policies that it would settle: all of them counted, the newest named."""

    fact: Fact
    settles: int
    policies: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer made of the open policies; `still_open` need something else besides."""

    yes: tuple[Named, ...]
    no: tuple[Named, ...]
    still_open: int


async def next_question(actor: Actor, enterprise_id: UUID, *, own_wish: bool = False) -> Asked | None:
    """Return the one question worth asking now, None when nothing is left or nothing may be chosen by a profile.

    Only who could answer is asked: raises NotBound, ReadOnly, OutOfScope.
    """
    acted = await acting_for(actor, enterprise_id, scope=SCOPE)
    assert acted.id is not None  # noqa: S101  an owner is a person
    if not own_wish and await is_refused(acted.id):
        return None
    live, today = await rules.live(), clock.today()
    put_off = frozenset(row["fact"] for row in await db.fetch(_PUT_OFF, enterprise_id, acted.id, today))
    answers = (await rules.ready(live, today)).answer(await _facts(live, enterprise_id))
    # beside the event loop: for thousands of policies it takes a good part of a second
    found = await asyncio.to_thread(sizing.best_question, answers, except_facts=put_off | DERIVED | INTERNAL)
    if found is None:
        return None
    settled = [Named(row["policy_id"], row["title"]) for row in await db.fetch(_NAMED, list(found.settles), today)]
    return Asked(found.fact, len(settled), tuple(settled[:MOST_NAMED])) if settled else None


async def answer(actor: Actor, enterprise_id: UUID, fact: str, value: Any) -> Settled:
    """Store what an owner answers as his own declaration and return which policies it settled.

    Of two who answer at once the later one's value counts, and each is told what his own changed. Raises NotAskable,
    FactInvalid, NotBound, ReadOnly, OutOfScope.
    """
    await acting_for(actor, enterprise_id, scope=TELLING)
    acted = await acting_for(actor, enterprise_id, scope=SCOPE)
    live, today = await rules.live(), clock.today()
    async with db.transaction():
        before = await _facts(live, enterprise_id, lock=True)
        await enterprises.tell(enterprise_id, {fact: value}, actor=acted)
        await db.execute(_ANSWERED, enterprise_id, fact)
        after = await _facts(live, enterprise_id)
    return await _settled(live, before, after, today)


async def try_answer(actor: Actor, enterprise_id: UUID, fact: str, value: Any) -> Settled:
    """Answer with a sensitive value once: it goes into no table and no log, and is forgotten with the reply.

    Raises NotAskable, OnlySensitive, FactInvalid, NotBound, OutOfScope.
    """
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    asked = _askable(fact)
    if not asked.sensitive:
        raise OnlySensitive(fields=(FieldError("fact", OnlySensitive.code, OnlySensitive.sentence),))
    live, today = await rules.live(), clock.today()
    told = _typed(asked, value)
    before = await _facts(live, enterprise_id)
    after = with_answer(before, fact, told, today) if _would_count(asked, before.get(fact), today) else before
    return await _settled(live, before, after, today)


async def put_off(actor: Actor, enterprise_id: UUID, fact: str, how: PutOff) -> date:
    """Ask this person about this fact no more until the day that is returned; his colleagues may still be asked.

    Raises NotAskable, NotBound, OutOfScope.
    """
    acted = await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    asked = _askable(fact)
    wait = LATER if how is PutOff.LATER else asked.holds_for or NEVER_STALE
    until = clock.today() + wait
    await db.execute(_SKIP, enterprise_id, acted.id, fact, until)
    return until


async def _facts(live: Live, enterprise_id: UUID, *, lock: bool = False) -> dict[str, Value]:
    wanted = tuple({fact.key: fact for fact in (*live.facts, *sizing.INPUTS)}.values())
    row = await db.fetch_one(
        f"SELECT e.id{rules.column_list(wanted, 'e')} FROM enterprises e WHERE e.id = $1"
        + (" FOR NO KEY UPDATE" if lock else ""),
        enterprise_id,
    )
    assert row is not None  # noqa: S101  a binding refers to it, and enterprises are never deleted
    return facts_from_row(dict(row), wanted)


async def _settled(live: Live, before: Facts, after: Facts, today: date) -> Settled:
    rule_set = await rules.ready(live, today)
    was, now = rule_set.answer(before).verdicts, rule_set.answer(after).verdicts
    moved = [one for one, verdict in now.items() if verdict is not was[one] or verdict is Verdict.UNKNOWN]
    found: dict[Verdict, list[Named]] = {verdict: [] for verdict in Verdict}
    for row in await db.fetch(_NAMED, moved, today):
        found[now[row["id"]]].append(Named(row["policy_id"], row["title"]))
    return Settled(tuple(found[Verdict.YES]), tuple(found[Verdict.NO]), len(found[Verdict.UNKNOWN]))


def _askable(key: str) -> Fact:
    fact = CATALOGUE.get(key)
    if fact is None or not fact.askable:
        raise NotAskable(fields=(FieldError("fact", NotAskable.code, NotAskable.sentence),))
    return fact


def _typed(fact: Fact, raw: Any) -> Any:
    """Return a told value as rules read it from the wide row; raises FactInvalid as storing it would."""
    if Source.SELF_DECLARED not in fact.sources:
        sentence = f"{fact.title}不能由此来源提供。"
        raise FactInvalid(sentence, (FieldError(fact.key, "source_refused", sentence),))
    stored = all_stored({fact.key: raw})[fact.key]
    if fact.type == "decimal":
        return Decimal(stored)
    if fact.type == "date":
        return date.fromisoformat(stored)
    return tuple(stored) if fact.type == "tags" else stored


def _would_count(fact: Fact, known: Value | None, today: date) -> bool:
    """Tell whether an own declaration of today would count beside what is known: a more trusted valid one goes first.

    So that what is tried has the outcome that storing it would have (`enterprises/settling.py`).
    """
    if known is None or is_stale(fact, known, today):
        return True
    trust = {int(source): rank for rank, source in enumerate(fact.sources)}
    return trust[int(Source.SELF_DECLARED)] <= trust.get(known.source, len(trust))
