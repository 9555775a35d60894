"""What an owner reads: the policies by answer with the reason, and one policy clause by clause.

The feed is one statement over stored answers that also checks who asks and whether the answers are current; only when
it finds nothing current are they computed (`matching.py`), and it is asked again. Whoever wants nothing chosen by his
profile gets the plain list, and a clause by clause answer only when he asks for it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor, Condition
from backend.consents import NOT_REFUSED, is_refused
from backend.eligibility import explain
from backend.enterprises.catalogue import CATALOGUE, INTERNAL
from backend.foundation import clock, db
from backend.foundation.errors import Unavailable
from backend.foundation.paging import WrongCursor, cut, decode_cursor, encode_cursor
from backend.identity import acting_for
from backend.policies import queries, rules
from backend.policies.editing import attachments
from backend.policies.errors import PolicyUnknown
from backend.policies.queries import LIVE, as_page
from backend.policies.reading import cards, exclusions, matching, pages, replay
from backend.policies.reading.feedback import MARKED
from backend.policies.reading.known import facts_for
from backend.policies.reading.reasons import ANSWERS, Answer
from backend.policies.scope import IN_SCOPE, SCOPE

TRIES: Final = 3
_FITTING: Final = (Answer.YES.label, Answer.MAYBE.label)

# No row: not his, or no current answers, or he wants none. $1 person, $2 enterprise, $3 now, $4 today.
HIS: Final = f"""
SELECT s.enterprise_id, {cards.favourites("$1")} AS favourites FROM bindings b
JOIN enterprises e ON e.id = b.enterprise_id
JOIN policy_match_sets s ON s.enterprise_id = e.id AND s.facts_version = e.facts_version
WHERE b.person_id = $1 AND b.enterprise_id = $2 AND b.state IN ('active', 'read_only')
  AND (b.until IS NULL OR b.until > $3) AND {IN_SCOPE}
  AND s.on_day = $4::date AND s.rule_set_version = {rules.CURRENT} AND {NOT_REFUSED.format(person="b.person_id")}
"""
ANSWERED: Final = f"""',"answer":"' || ({cards.LABELS})[m.verdict] || '","why":' || array_to_json(m.why)::text"""
NOT_FOR_ME: Final = f"""',"not_for_me":' || {MARKED.format(version="m.version_id", enterprise="his.enterprise_id")}"""
_NARROWING: Final = {
    "answer": "m.verdict = {}",
    "category": "v.category = {}::text",
    "action": "v.action = {}::text",
    "favourites": "{}::boolean AND " + cards.IS_FAVOURITE.format(favourites="his.favourites"),
}


@lru_cache(maxsize=256)
def _statement(limit: int, narrowed: tuple[str, ...] = (), *, further: bool = False) -> str:
    """Return the feed's statement: only the conditions that are asked for, so that the index gives rows in order.

    The limit is written out. As a parameter it would let PostgreSQL take a plan for any limit to be dear, the dearer
    the more policies there are, and so plan anew at every reading: that took longer than the reading itself.
    """
    asked = [LIVE.format(day="$4::date")]
    asked += [_NARROWING[name].format(f"${5 + n}") for n, name in enumerate(narrowed)]
    if further:
        verdict, version = f"${5 + len(narrowed)}", f"${6 + len(narrowed)}"
        asked.append(f"m.verdict >= {verdict} AND (m.verdict > {verdict} OR m.version_id < {version})")
    told = f"{ANSWERED} || {exclusions.TOLD.format(day='$4::date')} || {NOT_FOR_ME}"
    return f"""
    WITH his AS MATERIALIZED ({HIS})
    SELECT page.* FROM his LEFT JOIN LATERAL (
        SELECT m.verdict, m.version_id, {cards.item(day="$4::date", favourites="his.favourites", more=told)} AS item
        FROM policy_matches m JOIN policy_versions v ON v.id = m.version_id
        WHERE m.enterprise_id = his.enterprise_id AND {" AND ".join(asked)}
        ORDER BY m.verdict, m.version_id DESC LIMIT {limit + 1:d}
    ) AS page ON TRUE
    """


async def feed(
    actor: Actor,
    enterprise_id: UUID,
    *,
    answer: Answer | None = None,
    category: str | None = None,
    action: str | None = None,
    favourites: bool = False,
    cursor: str | None = None,
    limit: int = 20,
) -> bytes:
    """Return one page of an enterprise's policies as JSON: yes first, then maybe, then no, each with why.

    Who refused to be chosen for gets the plain list, which has no answers and so heeds no `answer`. Raises NotBound
    (404) for whoever doesn't act for it, OutOfScope for a clerk without policies.
    """
    wanted = {"answer": answer and int(answer), "category": category, "action": action, "favourites": favourites}
    narrowed = {name: value for name, value in wanted.items() if value}
    after = decode_cursor(cursor, int, UUID)
    for _ in range(TRIES):
        rows = await _warm(actor, enterprise_id, narrowed, after, limit)
        if rows:
            _check_kind(after, is_plain=False)
            return _page([row for row in rows if row["item"]], limit)
        await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
        if actor.id is not None and await is_refused(actor.id):
            _check_kind(after, is_plain=True)
            return await _plain(actor.id, narrowed, after, limit)
        await matching.refresh(enterprise_id)
    raise Unavailable


async def _warm(
    actor: Actor, enterprise_id: UUID, narrowed: dict[str, Any], after: tuple[int, UUID] | None, limit: int
) -> list[Record]:
    sql = _statement(limit, tuple(narrowed), further=after is not None)
    fixed = (actor.id, enterprise_id, clock.now(), clock.today())
    return await db.fetch(sql, *fixed, *narrowed.values(), *(after or ()))


def _page(found: Sequence[Record], limit: int) -> bytes:
    rows, following = cut(found, limit, lambda row: encode_cursor(row["verdict"], row["version_id"]))
    return as_page([row["item"] for row in rows], following, personalised=True)


def _check_kind(after: tuple[int, UUID] | None, *, is_plain: bool) -> None:
    """Raise WrongCursor for a page of the other list: he refused, or allowed it again, while turning pages."""
    if after is not None and (after[0] == queries.PLAIN) is not is_plain:
        raise WrongCursor


async def _plain(person_id: UUID, narrowed: dict[str, Any], after: tuple[int, UUID] | None, limit: int) -> bytes:
    """The live policies, newest first, as anybody reads them: nothing of the enterprise decides what stands where."""
    wanted = queries.narrowed(category=narrowed.get("category"), action=narrowed.get("action"))
    if "favourites" in narrowed:
        kept = cards.IS_FAVOURITE.format(favourites=cards.favourites("{}::uuid"))
        wanted = wanted & Condition(kept, (person_id,))
    return await queries.plain_page(wanted, after and after[1], limit, person_id=person_id)


async def detail(
    actor: Actor, enterprise_id: UUID, policy_id: UUID, *, as_of: date | None = None, asked: bool | None = None
) -> dict[str, Any]:
    """Return one policy with the answer for an enterprise, clause by clause; raises NotBound, PolicyUnknown.

    What staff alone may see of an enterprise is not in it. `match_id` is what `replay.py` tells the very answer again
    from. `as_of` asks for another day: the edition in force then, over what is known of the enterprise today. Who
    refused to be chosen for gets an answer only when he asks for it by `asked`.
    """
    usual = await pages.at_once(actor, enterprise_id, policy_id, asked=asked) if as_of is None else None
    version, answered = usual or await _step_by_step(actor, enterprise_id, policy_id, as_of, asked=asked)
    excludes = []
    if version["is_exclusive"] and answered["answer"] in _FITTING:
        excludes = await exclusions.fitting(version["id"], enterprise_id, as_of or clock.today())
    told = {name: version[name] for name in ("phase", "notice", "favourite", "personalised", "is_in_force")}
    policy = orjson.Fragment(attachments.told_with(version["told"], version["attached"]))
    return {"policy": policy, **told, **answered, "excludes": excludes}


async def _step_by_step(
    actor: Actor, enterprise_id: UUID, policy_id: UUID, as_of: date | None, *, asked: bool | None
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    sql, day = (pages.TODAY, clock.today()) if as_of is None else (pages.THAT_DAY, as_of)
    version = await db.fetch_one(sql, policy_id, day, actor.id)
    if version is None:
        raise PolicyUnknown
    if as_of is None:
        await pages.keep(version, day)
    if version["is_in_force"] and (version["personalised"] if asked is None else asked):
        return dict(version), await _answered(version, enterprise_id, as_of)
    return dict(version), replay.NOT_ASKED


async def _answered(version: Record, enterprise_id: UUID, as_of: date | None) -> dict[str, Any]:
    """An answer of another day has no match id: it was given to nobody on that day, and what is known will change."""
    if as_of is None or as_of == clock.today():
        return await replay.answered(version["id"], version["rule_hash"], enterprise_id)
    rule = (await rules.parsed({version["rule_hash"]})).get(version["rule_hash"])
    if rule is None:
        return replay.NOT_ASKED
    facts = await facts_for([rule], enterprise_id)
    why = explain(rule, facts, as_of, CATALOGUE).without_values(INTERNAL)
    return {"answer": ANSWERS[why.verdict].label, "match_id": None, "why": why.to_dict()}
