"""How well a policy's rule meets those whom it was said to fit; where it does not, its pushes pause.

precision = (fits + applied) / (fits + applied + not for me), over the enterprises that answered about one version since
its pushes were last resumed. An answer is counted by the transaction that gives it, one after the other for a version:
the one that passes the line pauses, however many arrive together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit, outbox
from backend.access import SYSTEM, Actor, Condition
from backend.eligibility import Clause, explain
from backend.eligibility.explanation import Part
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger
from backend.foundation.paging import cut, decode_cursor, encode_cursor
from backend.policies import notices, rules
from backend.policies.editing import timing
from backend.policies.errors import PolicyUnknown, PushesNotPaused
from backend.policies.queries import RELEASED, as_page, visible_to
from backend.policies.service import PUBLISHED

log = get_logger(__name__)

READ: Final = "policies.read"
RESUME: Final = "policies.review"
_TABLE: Final = "policy_versions"
_WORDS_SHOWN: Final = 20

_SINCE: Final = """
coalesce((SELECT max(r.resumed_at) FROM policy_push_pauses r WHERE r.version_id = {version}), '-infinity')
"""
# Index-only over the answers of one version: what was merely shown costs nothing here.
_COUNTED: Final = f"""
SELECT count(*)::int AS answers,
       (count(*) FILTER (WHERE f.answer = 'fits'))::int AS fits,
       (count(*) FILTER (WHERE f.answer = 'applied'))::int AS applied,
       (count(*) FILTER (WHERE f.answer = 'not_for_me'))::int AS not_for_me
FROM policy_feedback f
WHERE f.version_id = {{version}} AND f.answer IS NOT NULL AND f.answered_at > {_SINCE}
"""
_COUNT: Final = _COUNTED.format(version="$1")
_PAUSE: Final = """
UPDATE policy_versions SET pushes_paused_at = $2 WHERE id = $1 AND state = 'published' AND pushes_paused_at IS NULL
"""
_NOTE: Final = """
INSERT INTO policy_push_pauses (id, version_id, paused_at, answers, fitting) VALUES ($1, $2, $3, $4, $5)
"""
_PAUSED: Final = """
SELECT id, effective_from FROM policy_versions
WHERE policy_id = $1 AND state = 'published' AND pushes_paused_at IS NOT NULL FOR NO KEY UPDATE
"""
_RESUME: Final = """
UPDATE policy_push_pauses SET resumed_at = $2, resumed_by = $3, reason = $4
WHERE version_id = $1 AND resumed_at IS NULL
"""
_MOMENT: Final = """to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"')"""
_PERCENT: Final = "round(100.0 * (n.fits + n.applied) / nullif(n.answers, 0), 1)"
_RANK: Final = "((n.fits + n.applied) * 1000000::bigint / nullif(n.answers, 0))"
_FIGURES: Final = f"""
    'id', v.policy_id, 'number', p.number, 'title', v.title, 'edition', v.edition, 'state', v.state,
    'answers', n.answers, 'fits', n.fits, 'applied', n.applied, 'not_for_me', n.not_for_me,
    'precision_percent', {_PERCENT}, 'paused_at', {_MOMENT.format("v.pushes_paused_at")}
"""
_SOURCE: Final = f"""
policy_versions v JOIN policies p ON p.id = v.policy_id
CROSS JOIN LATERAL ({_COUNTED.format(version="v.id")}) AS n
"""
_ONE: Final = f"""
SELECT v.id, v.rule_hash, jsonb_build_object({_FIGURES},
    'counted_since', (SELECT {_MOMENT.format("max(r.resumed_at)")} FROM policy_push_pauses r WHERE r.version_id = v.id),
    'shown', (SELECT count(*) FROM policy_feedback s WHERE s.version_id = v.id AND s.shown_at IS NOT NULL),
    'opened', (SELECT count(*) FROM policy_feedback s WHERE s.version_id = v.id AND s.opened_at IS NOT NULL),
    'told_as_applied', (SELECT count(*) FROM policy_feedback s WHERE s.version_id = v.id AND s.applied_at IS NOT NULL),
    'results', (SELECT coalesce(jsonb_object_agg(result, many), '{{}}') FROM (SELECT s.result, count(*) AS many
        FROM policy_feedback s WHERE s.version_id = v.id AND s.result IS NOT NULL GROUP BY s.result) AS of_each),
    'pauses', (SELECT coalesce(jsonb_agg(jsonb_build_object('paused_at', {_MOMENT.format("h.paused_at")},
        'answers', h.answers, 'fitting', h.fitting, 'resumed_at', {_MOMENT.format("h.resumed_at")},
        'resumed_by', h.resumed_by, 'reason', h.reason) ORDER BY h.paused_at DESC), '[]')
        FROM policy_push_pauses h WHERE h.version_id = v.id))::text AS told
FROM {_SOURCE}
"""
_MISFITS: Final = """
SELECT m.path, count(*) AS enterprises,
       (array_agg(m.words ORDER BY m.said_at DESC) FILTER (WHERE m.words <> ''))[:$2] AS words
FROM policy_misfits m WHERE m.version_id = $1 GROUP BY m.path
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Below `least_percent` over at least `least_answers` answers a version's pushes pause."""

    least_percent: int
    least_answers: int

    def is_passed(self, fitting: int, answers: int) -> bool:
        return answers >= self.least_answers and 100 * fitting < self.least_percent * answers


LINE: Final = Line(**orjson.loads(files("backend.policies").joinpath("data/precision.json").read_bytes()))


async def check(version_id: UUID) -> bool:
    """Count the answers about a version and pause its pushes when they pass the line; True when this call did.

    To be called in the transaction of an answer, which must hold the version's answers: so none goes uncounted.
    """
    counted = await db.fetch_one(_COUNT, version_id)
    assert counted is not None  # noqa: S101  an aggregate without GROUP BY always has its row
    answers, fitting = counted["answers"], counted["fits"] + counted["applied"]
    moment = clock.now()
    if not LINE.is_passed(fitting, answers) or not await db.execute(_PAUSE, version_id, moment):
        return False
    await db.execute(_NOTE, new_id(), version_id, moment, answers, fitting)
    figures = {"answers": answers, "fitting": fitting}
    await audit.record(
        SYSTEM,
        "policies.pushes_paused",
        table=_TABLE,
        row_id=version_id,
        fields=("pushes_paused_at",),
        detail=figures,
    )
    await notices.pushes_paused(version_id, answers=answers, fitting=fitting)
    log.warning("policies.pushes_paused", version=str(version_id), **figures)
    return True


async def resume(policy_id: UUID, reason: str, *, actor: Actor) -> datetime:
    """Let the live version be told again; answers count from zero since then. Raises PushesNotPaused.

    Whoever was found and not told while it paused is told now.
    """
    actor.require(RESUME)
    moment = clock.now()
    async with db.transaction():
        version = await db.fetch_one(_PAUSED, policy_id)
        if version is None:
            raise PushesNotPaused
        version_id = version["id"]
        await db.execute(_RESUME, version_id, moment, actor.id, reason)
        await db.execute("UPDATE policy_versions SET pushes_paused_at = NULL WHERE id = $1", version_id)
        await notices.resumed(version_id)
        await audit.record(
            actor,
            "policies.pushes_resumed",
            table=_TABLE,
            row_id=version_id,
            fields=("pushes_paused_at",),
            detail={"reason": reason},
        )
        due = timing.told_at(version["effective_from"], moment)
        await outbox.put(PUBLISHED, {"version_id": str(version_id)}, key=str(version_id), due=due)
    return moment


async def worst(actor: Actor, *, paused: bool | None, cursor: str | None, limit: int) -> bytes:
    """Return a page of what is live and was answered about, the least precise first; `paused` narrows it to those."""
    after = decode_cursor(cursor, int, UUID)
    wanted = visible_to(actor) & Condition("v.state = 'published' AND n.answers > 0")
    if paused is not None:
        wanted = wanted & Condition(f"v.pushes_paused_at IS {'NOT ' if paused else ''}NULL")
    if after:
        wanted = wanted & Condition(f"({_RANK}, v.id) > ({{}}::bigint, {{}}::uuid)", after)
    rows = await db.fetch(
        f"SELECT v.id, {_RANK} AS rank, jsonb_build_object({_FIGURES})::text AS item FROM {_SOURCE}"
        f" WHERE {wanted.render(2)} ORDER BY {_RANK}, v.id LIMIT $1",
        limit + 1,
        *wanted.params,
    )
    page, following = cut(rows, limit, lambda row: encode_cursor(row["rank"], row["id"]))
    return as_page([row["item"] for row in page], following)


async def of_policy(actor: Actor, policy_id: UUID, *, edition: int | None = None) -> dict[str, Any]:
    """Return the figures of one released version, the newest unless told, with every clause; raises PolicyUnknown.

    What owners wrote beside a clause is shown without their names, and not at all to who reads masked.
    """
    wanted = visible_to(actor) & RELEASED & Condition("v.policy_id = {}", (policy_id,))
    if edition is not None:
        wanted = wanted & Condition("v.edition = {}::int", (edition,))
    found = await db.fetch_one(f"{_ONE} WHERE {wanted.render()} ORDER BY v.edition DESC LIMIT 1", *wanted.params)
    if found is None:
        raise PolicyUnknown
    misfits = await db.fetch(_MISFITS, found["id"], 0 if actor.reads_masked(READ) else _WORDS_SHOWN)
    said = {row["path"]: row for row in misfits}
    return {**orjson.loads(found["told"]), "clauses": await _clauses(found["rule_hash"], said)}


async def _clauses(rule_hash: str, said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every clause in the words owners read; none of a rule that a release has left behind."""
    rule = (await rules.parsed({rule_hash})).get(rule_hash)
    if rule is None:
        return []
    return [
        {
            "path": clause.path,
            "text": clause.text,
            "citation": clause.to_dict()["citation"],
            "not_for_me": said[clause.path]["enterprises"] if clause.path in said else 0,
            "words": list(said[clause.path]["words"] or ()) if clause.path in said else [],
        }
        for clause in _each(explain(rule, {}, clock.today(), CATALOGUE).root)
    ]


def _each(part: Part) -> Iterator[Clause]:
    if isinstance(part, Clause):
        yield part
        return
    for inner in part.parts:
        yield from _each(inner)
