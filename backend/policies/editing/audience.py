"""Whom a version would reach, before it is released, beside the edition that was out before.

Counted over all enterprises that the reader may see (`enterprises/audience.py`), with what a reviewer should look at.
"""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.access import Actor
from backend.eligibility import Finding, Rule, lint
from backend.eligibility.tree import checked_day
from backend.enterprises import audience, visibility
from backend.enterprises.audience import ANSWERS, PLACE, Counts
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.policies import queries, rules
from backend.policies.editing.promises import WORDED, promises
from backend.policies.editing.timing import last_day
from backend.policies.errors import EditionUnknown, PolicyUnknown, PreviewTooSlow

_NEWEST: Final = f"""
SELECT v.edition, v.rule, v.rule_hash, v.effective_to, v.apply_until, {", ".join(f"v.{name}" for name in WORDED)}
FROM policy_versions v WHERE v.policy_id = $1 AND {{visible}} ORDER BY v.edition DESC LIMIT 1
"""
# Without an edition named: the one that was out last before this one.
_OTHER: Final = """
SELECT v.edition, v.rule_hash FROM policy_versions v
WHERE v.policy_id = $1 AND v.edition <> $2
  AND CASE WHEN $3::int IS NULL THEN v.published_at IS NOT NULL AND v.edition < $2 ELSE v.edition = $3 END AND {visible}
ORDER BY v.edition DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """A policy's newest version, the rule it has, and the edition it is compared with, if any."""

    version: Record
    rule: Rule
    other: Record | None
    other_rule: Rule | None


def bounded() -> AbstractAsyncContextManager[None]:
    """Let a block read for as long as a preview may take; it raises PreviewTooSlow, the connection stays whole."""
    return audience.bounded(PreviewTooSlow)


async def compared(actor: Actor, policy_id: UUID, against: int | None) -> Compared:
    """Return the versions a preview is about; raises PolicyUnknown, EditionUnknown, RuleInvalid.

    An earlier rule that a release has left behind is compared with no longer.
    """
    visible = queries.visible_to(actor)
    version = await db.fetch_one(_NEWEST.format(visible=visible.render(2)), policy_id, *visible.params)
    if version is None:
        raise PolicyUnknown
    edition = version["edition"]
    other = await db.fetch_one(_OTHER.format(visible=visible.render(4)), policy_id, edition, against, *visible.params)
    if other is None and against is not None:
        raise EditionUnknown
    rule = rules.parse_stored(orjson.loads(version["rule"]))
    old = (await rules.parsed({other["rule_hash"]})).get(other["rule_hash"]) if other else None
    return Compared(version, rule, other, old)


async def preview(
    actor: Actor, policy_id: UUID, *, as_of: date | None = None, against: int | None = None
) -> dict[str, Any]:
    """Count the newest version's audience on a day, by place, type and size, and what a reviewer should look at.

    `against` names another edition (default: the one that was out last). Durations of the rules are those of the day;
    the facts are today's. Raises PolicyUnknown, EditionUnknown, AsOfInvalid, RuleInvalid, PreviewTooSlow.
    """
    about = await compared(actor, policy_id, against)
    day = checked_day(as_of or clock.today())
    async with bounded():
        counts = await audience.count(about.rule, day, visibility.visible_to(actor), before=about.other_rule)
    return {
        "edition": about.version["edition"],
        "as_of": day,
        **counts.totals(),
        "by_district": counts.by("district"),
        "groups": counts.by(*PLACE),
        "missing": counts.missing(),
        "difference": _difference(about, counts),
        "findings": [{"code": one.code, "path": one.path, "sentence": one.sentence} for one in _findings(about)],
    }


def _findings(about: Compared) -> Iterable[Finding]:
    version = about.version
    window_ends = last_day(version["effective_to"], version["apply_until"])
    return (
        *lint(dict(about.rule.document), CATALOGUE, window_ends=window_ends),
        *promises(dict(version), about.rule),
    )


def _difference(about: Compared, counts: Counts) -> dict[str, Any] | None:
    """Return who moves between the two editions; None when there is no other that could be asked."""
    if about.other is None or about.other_rule is None:
        return None
    moves = counts.moves()
    told = [
        {"before": before, "after": after, "enterprises": moves[before, after]}
        for before in ANSWERS
        for after in ANSWERS
        if moves[before, after]
    ]
    return {
        "edition": about.other["edition"],
        "gains": sum(number for (before, after), number in moves.items() if after == "yes" != before),
        "loses": sum(number for (before, after), number in moves.items() if before == "yes" != after),
        "stays": sum(number for (before, after), number in moves.items() if before == after),
        "moves": told,
    }
