"""The rules that are live now, parsed once per process and kept until the rule set gets another name.

A name (a UUID) is never used twice, so equal names mean equal rules, in every process and after a restore.
"""

import asyncio
import gc
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Final
from uuid import UUID

import orjson

from backend.eligibility import Fact, Rule, RuleInvalid, RuleSet
from backend.enterprises.rules import column_list, facts_of, parse_stored
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.logging import get_logger

__all__ = [
    "CURRENT",
    "NOTHING_YET",
    "Live",
    "column_list",
    "facts_of",
    "left_behind",
    "live",
    "parse_stored",
    "parsed",
    "ready",
    "rename",
]

log = get_logger(__name__)

NOTHING_YET: Final = UUID(int=0)
"""The name of the rule set before anything was ever published."""

CURRENT: Final = f"coalesce((SELECT version FROM rule_set), '{NOTHING_YET}')"
"""SQL for the name of the rule set that is live now."""

_RENAME = """
INSERT INTO rule_set (version, changed_at) VALUES ($1, $2)
ON CONFLICT (is_only) DO UPDATE SET version = EXCLUDED.version, changed_at = EXCLUDED.changed_at
RETURNING old.version
"""
_LIVE = "SELECT id, rule_hash, least(effective_to, apply_until) AS until FROM policy_versions WHERE state = 'published'"
_TEXTS = "SELECT DISTINCT ON (rule_hash) rule_hash, rule FROM policy_versions WHERE rule_hash = ANY($1)"
_KEPT: Final = 20_000
_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Live:
    """A snapshot: the rule of every published version, the facts that any of them asks about, and their last days."""

    version: UUID
    rules: Mapping[UUID, Rule]
    facts: tuple[Fact, ...]
    ends: Mapping[UUID, date | None] = field(default_factory=dict)


_parsed: dict[str, Rule] = {}
_left_behind: dict[str, str] = {}
"""Why this release can't read a rule, by hash: the catalogue is part of the release, so it never will."""
_snapshot: list[Live] = [Live(NOTHING_YET, {}, ())]
_ready: list[tuple[UUID, RuleSet[UUID]]] = [(NOTHING_YET, RuleSet({}, date(2026, 1, 1)))]
_making: Final = Lock()


async def rename() -> tuple[UUID, UUID]:
    """Give the rule set another name in the open transaction; returns the one before and the new one."""
    version = new_id()
    return await db.fetch_value(_RENAME, version, clock.now()) or NOTHING_YET, version


async def live() -> Live:
    """Return the rules that are live: one look at the name, and the changes only when it is another."""
    version = await db.fetch_value(f"SELECT {CURRENT}")
    kept = _snapshot[0]
    if version == kept.version:
        return kept
    rows = await db.fetch(_LIVE)  # after the name: what is newer than the name only makes a set too good for it
    by_hash = await parsed({row["rule_hash"] for row in rows})
    found = {row["id"]: by_hash[row["rule_hash"]] for row in rows if row["rule_hash"] in by_hash}
    ends = {row["id"]: row["until"] for row in rows}
    _snapshot[0] = Live(version, found, facts_of(found.values()), ends)
    return _snapshot[0]


async def ready(of: Live, day: date) -> RuleSet[UUID]:
    """Return a snapshot's rules ready to answer on a day, made once for both.

    For thousands of rules that takes a good part of a second, so it is done beside the event loop.
    """
    kept = _kept_ready(of, day)
    return kept if kept is not None else await asyncio.to_thread(_make_ready, of, day)


def _kept_ready(of: Live, day: date) -> RuleSet[UUID] | None:
    version, rule_set = _ready[0]
    return rule_set if (version, rule_set.as_of) == (of.version, day) else None


def _make_ready(of: Live, day: date) -> RuleSet[UUID]:
    with _making:
        kept = _kept_ready(of, day)
        if kept is None:
            kept = RuleSet(of.rules, day)
            _ready[0] = of.version, kept
            if len(kept.rules) >= _MANY:
                # They stay until something is published: the collector would walk through them at every few answers.
                gc.freeze()
        return kept


async def parsed(hashes: set[str]) -> dict[str, Rule]:
    """Return rules by hash, reading those this process has not met; one that a release left behind is left out."""
    found = {one: _parsed[one] for one in hashes if one in _parsed}
    missing = [one for one in hashes if one not in found and one not in _left_behind]
    for row in await db.fetch(_TEXTS, missing) if missing else ():
        try:
            found[row["rule_hash"]] = parse_stored(orjson.loads(row["rule"]))
        except RuleInvalid as refusal:
            log.exception("policies.rule_left_behind", rule=row["rule_hash"])
            _left_behind[row["rule_hash"]] = "；".join(f"{one.path}：{one.sentence}" for one in refusal.fields)
    if len(_parsed) > _KEPT:
        _parsed.clear()
        _left_behind.clear()
    _parsed.update(found)
    return found


async def left_behind(hashes: set[str]) -> dict[str, str]:
    """Return which of these rules this release can't read, by hash, each with what is wrong with it."""
    await parsed(hashes)
    return {one: _left_behind[one] for one in hashes if one in _left_behind}
