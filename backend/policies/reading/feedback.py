"""What owners say of a policy: that they saw it, that it fits, that they applied, which clause is not for them.

One row per version and enterprise: however many of its people say something, an enterprise counts once, by the last
word of any of them. That word stands as a whole: who says that it is not for him, or leaves the result out, no longer
says what came of an application. Who said it is noted and is shown to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.eligibility.tree import leaves
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.identity import acting_for
from backend.policies import precision, rules
from backend.policies.errors import ClauseUnknown, PolicyOver, PolicyUnknown
from backend.policies.queries import LIVE, RELEASED
from backend.policies.scope import SCOPE

MOST_SEEN: Final = 50
MOST_WORDS: Final = 200


class Said(StrEnum):
    """What an enterprise says of a policy; saying another one replaces it, with its result and its clauses."""

    FITS = "fits"
    APPLIED = "applied"
    NOT_FOR_ME = "not_for_me"


class Result(StrEnum):
    """What came of an application, as the owner tells it."""

    GOT = "got"
    REFUSED = "refused"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A clause that does not apply to an enterprise, by its path in the rule, and the owner's words if any."""

    path: str
    words: str = ""


MARKED: Final = """EXISTS (SELECT FROM policy_feedback said WHERE said.version_id = {version}
    AND said.enterprise_id = {enterprise} AND said.answer = 'not_for_me')"""
"""SQL for a list: this enterprise says that the version is not for it. It stays in the feed, marked."""

_SEEN: Final = """
INSERT INTO policy_feedback AS kept (version_id, enterprise_id, shown_at, opened_at)
SELECT v.id, $1, $2::timestamptz, CASE WHEN bool_or(s.is_opened) THEN $2::timestamptz END
FROM unnest($3::uuid[], $4::boolean[]) AS s (policy_id, is_opened)
JOIN policy_versions v ON v.policy_id = s.policy_id AND v.state = 'published'
GROUP BY v.id ORDER BY v.id
ON CONFLICT (version_id, enterprise_id) DO UPDATE
SET shown_at = coalesce(kept.shown_at, EXCLUDED.shown_at), opened_at = coalesce(kept.opened_at, EXCLUDED.opened_at)
WHERE kept.shown_at IS NULL OR (kept.opened_at IS NULL AND EXCLUDED.opened_at IS NOT NULL)
"""
# Held until the answer is counted: answers about one version pass one after the other. Not the version's row, which a
# broadcast holds for as long as it tells a chunk: that is when owners open it and answer.
_LOCKED: Final = f"""
SELECT v.id, v.rule_hash, pg_advisory_xact_lock(hashtextextended('policies.answers:' || v.id, 0))
FROM policy_versions v WHERE v.policy_id = $1 AND {LIVE.format(day="$2::date")}
"""
_RELEASED: Final = f"SELECT EXISTS (SELECT FROM policy_versions v WHERE v.policy_id = $1 AND {RELEASED.render()})"
# Saying the same again is no new answer.
_SAY: Final = """
INSERT INTO policy_feedback AS kept
    (version_id, enterprise_id, shown_at, opened_at, answer, answered_at, answered_by, applied_at, result)
VALUES ($1, $2, $3, $3, $4, $3, $5, CASE WHEN $4 = 'applied' THEN $3::timestamptz END, $6)
ON CONFLICT (version_id, enterprise_id) DO UPDATE
SET shown_at = coalesce(kept.shown_at, EXCLUDED.shown_at), opened_at = coalesce(kept.opened_at, EXCLUDED.opened_at),
    answer = EXCLUDED.answer, answered_by = EXCLUDED.answered_by,
    answered_at = CASE WHEN kept.answer = EXCLUDED.answer THEN kept.answered_at ELSE EXCLUDED.answered_at END,
    applied_at = CASE WHEN EXCLUDED.answer = 'applied' THEN coalesce(kept.applied_at, EXCLUDED.applied_at) END,
    result = EXCLUDED.result
"""
_TAKE_BACK: Final = """
UPDATE policy_feedback SET answer = NULL, answered_at = NULL, answered_by = NULL, applied_at = NULL, result = NULL
WHERE version_id = $1 AND enterprise_id = $2 AND answer IS NOT NULL
"""
_NO_LONGER: Final = (
    "DELETE FROM policy_misfits WHERE version_id = $1 AND enterprise_id = $2 AND path <> ALL($3::text[])"
)
_MISFITS: Final = """
INSERT INTO policy_misfits AS kept (version_id, enterprise_id, path, words, person_id, said_at)
SELECT $1, $2, m.path, m.words, $5, $6 FROM unnest($3::text[], $4::text[]) AS m (path, words)
ON CONFLICT (version_id, enterprise_id, path) DO UPDATE
SET words = EXCLUDED.words, person_id = EXCLUDED.person_id, said_at = EXCLUDED.said_at
WHERE kept.words <> EXCLUDED.words
"""
_OWN: Final = f"""
SELECT v.id, f.answer, f.result, coalesce((SELECT jsonb_agg(jsonb_build_object('path', m.path, 'words', m.words)
    ORDER BY m.path) FROM policy_misfits m WHERE m.version_id = v.id AND m.enterprise_id = $2), '[]')::text AS clauses
FROM policy_versions v LEFT JOIN policy_feedback f ON f.version_id = v.id AND f.enterprise_id = $2
WHERE v.policy_id = $1 AND {RELEASED.render()} ORDER BY v.edition DESC LIMIT 1
"""


async def seen(actor: Actor, enterprise_id: UUID, policies: Mapping[UUID, bool]) -> int:
    """Note which live policies an enterprise was shown, and whether it opened them; only the first time counts.

    `policies`: policy id → opened. Ids of nothing that is live are passed over. Returns how many notes were new.
    """
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    return await db.execute(_SEEN, enterprise_id, clock.now(), list(policies), list(policies.values()))


async def say(
    actor: Actor,
    enterprise_id: UUID,
    policy_id: UUID,
    answer: Said,
    *,
    result: Result | None = None,
    clauses: Sequence[Misfit] = (),
) -> None:
    """Take what an enterprise says of the live version; `result` counts with applied, `clauses` with not for me.

    Not-for-me names at least one clause of that version, and all of them: one that is left out is taken back. May
    pause the version's pushes (`precision.check`). Raises PolicyUnknown, PolicyOver, ClauseUnknown, NotBound,
    ReadOnly, OutOfScope.
    """
    acted = await acting_for(actor, enterprise_id, scope=SCOPE)
    async with db.transaction():
        version = await _locked(policy_id)
        await _check_clauses(version["rule_hash"], answer, clauses)
        told = result if answer is Said.APPLIED else None
        await db.execute(_SAY, version["id"], enterprise_id, clock.now(), answer, acted.id, told)
        await _note_misfits(version["id"], acted, clauses)
        await _record(acted, version["id"], "policies.answered", ("answer", *(("result",) if told else ())))
        await precision.check(version["id"])


async def take_back(actor: Actor, enterprise_id: UUID, policy_id: UUID) -> None:
    """Forget whatever an enterprise said of the live version; that it saw it stays. Again changes nothing."""
    acted = await acting_for(actor, enterprise_id, scope=SCOPE)
    async with db.transaction():
        version = await _locked(policy_id)
        if await db.execute(_TAKE_BACK, version["id"], enterprise_id):
            await _note_misfits(version["id"], acted, ())
            await _record(acted, version["id"], "policies.answer_taken_back", ("answer",))
            await precision.check(version["id"])


async def own(actor: Actor, enterprise_id: UUID, policy_id: UUID) -> Record:
    """Return what an enterprise says of the newest released version: answer, result, clauses (JSON text)."""
    await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    row = await db.fetch_one(_OWN, policy_id, enterprise_id)
    if row is None:
        raise PolicyUnknown
    return row


async def _locked(policy_id: UUID) -> Record:
    version = await db.fetch_one(_LOCKED, policy_id, clock.today())
    if version is None:
        raise PolicyOver if await db.fetch_value(_RELEASED, policy_id) else PolicyUnknown
    return version


async def _check_clauses(rule_hash: str, answer: Said, clauses: Sequence[Misfit]) -> None:
    if answer is not Said.NOT_FOR_ME:
        wrong = [FieldError("clauses", "not_here", "只有选择“不适用于我”时才需要指出条件。")] if clauses else []
    elif not clauses:
        wrong = [FieldError("clauses", "missing", "请指出哪一条件不适用。")]
    else:
        rule = (await rules.parsed({rule_hash})).get(rule_hash)
        known = {leaf.path for leaf in leaves(rule.root)} if rule else set()
        wrong = [
            FieldError(f"clauses.{n}.path", ClauseUnknown.code, ClauseUnknown.sentence)
            for n, one in enumerate(clauses)
            if one.path not in known
        ]
    if wrong:
        raise ClauseUnknown(wrong[0].sentence, tuple(wrong))


async def _note_misfits(version_id: UUID, acted: Actor, clauses: Sequence[Misfit]) -> None:
    words: dict[str, Any] = {one.path: one.words for one in clauses}
    await db.execute(_NO_LONGER, version_id, acted.enterprise_id, list(words))
    if words:
        told = (list(words), list(words.values()))
        await db.execute(_MISFITS, version_id, acted.enterprise_id, *told, acted.id, clock.now())


async def _record(acted: Actor, version_id: UUID, action: str, fields: Sequence[str]) -> None:
    await audit.record(acted, action, table="policy_feedback", row_id=version_id, fields=fields)
