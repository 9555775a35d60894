"""Policies from a file: good entries become drafts, bad ones are told with their place, nothing comes in twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import ValidationError

from backend import audit
from backend.access import Actor
from backend.eligibility import RuleInvalid
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.policies.editing.content import NumberedPolicy
from backend.policies.errors import FileRefused
from backend.policies.models import Policy, PolicyVersion
from backend.policies.service import edit, first_columns
from backend.policies.states import OPEN

REAL: Final = Path(__file__).parent.parent / "data" / "policies.json"
"""The real policies collected for 湖州 up to 2026-11-22, each with its sources and how far they were checked."""
MOST: Final = 10_000
LARGEST: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class BadEntry:
    """One thing wrong with one entry: its place in the list, its number if it has one, the path and what is wrong."""

    place: int
    number: str
    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Numbers of the policies that are new, changed (a draft of a next version) and unchanged; and what is wrong."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    bad: tuple[BadEntry, ...]


@dataclass(frozen=True, slots=True)
class _Good:
    place: int
    number: str
    policy: NumberedPolicy
    columns: Mapping[str, Any]


async def import_policies(path: Path | str, *, actor: Actor) -> ImportResult:
    """Read a JSON list of policies (fields of `NumberedPolicy`, the number required) and keep what is new as drafts.

    Raises FileRefused when the file as a whole is no such list. An open version is only rewritten when nobody but an
    import has touched it.
    """
    actor.require("policies.write")
    good, bad = _read(_entries(Path(path)))
    async with db.transaction():
        known = await _latest([one.number for one in good])
        fresh = [one for one in good if one.number not in known]
        await _create(fresh, actor)
        changed, same = [], []
        for one in (one for one in good if one.number in known):
            policy, latest = known[one.number]
            if _is_same(latest, one.columns):
                same.append(one.number)
            elif latest.state in OPEN and latest.edited_by != actor.id:
                bad.append(BadEntry(one.place, one.number, "", "该政策有同事正在修改的草稿，未覆盖。"))
            else:
                await edit(policy.id, one.policy, actor=actor, version=policy.version)
                changed.append(one.number)
    return ImportResult(tuple(one.number for one in fresh), tuple(changed), tuple(same), tuple(bad))


def _entries(path: Path) -> list[Any]:
    try:
        entries = orjson.loads(path.read_bytes()) if path.stat().st_size <= LARGEST else None
    except (OSError, orjson.JSONDecodeError) as error:
        raise FileRefused from error
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST:
        raise FileRefused
    return entries


def _read(entries: Sequence[Any]) -> tuple[list[_Good], list[BadEntry]]:
    good: dict[str, _Good] = {}
    bad: list[BadEntry] = []
    for place, entry in enumerate(entries):
        number = str(entry.get("number") or "") if isinstance(entry, dict) else ""
        problems = [("number", "编号须填写。")] if not number else []
        if number in good:
            problems = [("number", "同一文件中编号重复。")]
        try:
            policy = NumberedPolicy.model_validate_json(orjson.dumps(entry))
            columns = policy.columns()
        except (ValidationError, RuleInvalid) as error:
            problems.extend(_told(error))
        if problems:
            bad.extend(BadEntry(place, number, path, sentence) for path, sentence in problems)
        else:
            good[number] = _Good(place, number, policy, columns)
    return list(good.values()), bad


def _told(error: ValidationError | RuleInvalid) -> Iterator[tuple[str, str]]:
    if isinstance(error, RuleInvalid):
        yield from ((field.path, field.sentence) for field in error.fields)
        return
    for found in error.errors(include_url=False, include_input=False):
        yield ".".join(str(place) for place in found["loc"]), found["msg"].removeprefix("Value error, ")


async def _latest(numbers: list[str]) -> dict[str, tuple[Policy, PolicyVersion]]:
    """Return the known policies with their newest versions, locked."""
    policies = {one.id: one for one in await Policy.filter(number__in=numbers).select_for_update()}
    newest: dict[UUID, PolicyVersion] = {}
    for version in await PolicyVersion.filter(policy_id__in=list(policies)).order_by("edition"):
        newest[version.policy_id] = version
    return {policies[of].number: (policies[of], version) for of, version in newest.items()}


def _is_same(latest: PolicyVersion, columns: Mapping[str, Any]) -> bool:
    """What a correction said of the edition before it is no part of how the policy reads."""
    return all(getattr(latest, name) == value for name, value in columns.items() if name != "correction")


async def _create(fresh: Sequence[_Good], actor: Actor) -> None:
    if not fresh:
        return
    moment = clock.now()
    policies = [Policy(id=new_id(), number=one.number, created_at=moment) for one in fresh]
    versions = [
        PolicyVersion(**first_columns(policy.id, 1, one.columns, actor))
        for policy, one in zip(policies, fresh, strict=True)
    ]
    await Policy.bulk_create(policies)
    await PolicyVersion.bulk_create(versions)
    await audit.record_many(
        actor, [audit.Entry("policies.imported", "policy_versions", version.id) for version in versions]
    )
