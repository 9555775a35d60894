"""Answers of live policies for one enterprise with the id by which each can be told again, word by word.

A match id stores nothing: it names the version of the policy, the last telling that was known of the enterprise and the
day, from which the log rebuilds the facts (`backend/enterprises/replay.py`). It carries besides

* a fingerprint of the catalogue, so that an answer rebuilt under other data says so,
* a digest of the answer, so that one that came out differently (other words after a release) says so,
* a seal over all of it, the enterprise and the rule, so that nobody can make up one that was never given.

Layout before base64url: format 1, version id 16, last fact 8, day 3, catalogue 4, answer 4, seal 12: 64 characters.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from asyncpg import Record

from backend import runtime
from backend.access import Actor, ActorKind
from backend.eligibility import Explanation, Fact, Rule, explain, facts_from_row
from backend.eligibility.evaluate import Facts
from backend.enterprises import profile
from backend.enterprises.catalogue import CATALOGUE, INTERNAL
from backend.enterprises.replay import FINGERPRINT, LAST_FACT, facts_at
from backend.enterprises.settling import settle_one_due
from backend.foundation import clock, db
from backend.identity import acting_for
from backend.policies import rules
from backend.policies.errors import MatchIdInvalid, MatchUnknown
from backend.policies.reading.reasons import ANSWERS
from backend.policies.scope import SCOPE

NOT_ASKED: Final[dict[str, Any]] = {"answer": None, "match_id": None, "why": None}
_FORMAT: Final = 1
_BODY, _SEAL, _PRINT = 36, 12, 4
_SPELLING: Final = re.compile(r"[A-Za-z0-9_-]{64}")
_VERSION = """
SELECT v.rule_hash, json_build_object('id', p.id, 'number', p.number, 'title', v.title, 'doc_no', v.doc_no,
    'issuer', v.issuer, 'edition', v.edition, 'state', v.state)::text AS told
FROM policy_versions v JOIN policies p ON p.id = v.policy_id WHERE v.id = $1 AND v.published_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Named:
    """What a match id says. `last_fact_id` 0: nothing had been told of the enterprise."""

    version_id: UUID
    last_fact_id: int
    day: date
    catalogue: bytes = FINGERPRINT[:_PRINT]

    def spelled(self) -> bytes:
        return (
            bytes([_FORMAT])
            + self.version_id.bytes
            + self.last_fact_id.to_bytes(8)
            + self.day.toordinal().to_bytes(3)
            + self.catalogue
        )


class Told(NamedTuple):
    """An answer as its readers get it: its label and the explanation as JSON, in the order of its names."""

    answer: str
    why: bytes

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(b'["%s",%s]' % (self.answer.encode(), self.why)).digest()[:_PRINT]


async def answered(version_id: UUID, rule_hash: str, enterprise_id: UUID) -> dict[str, Any]:
    """Return a live version's answer of today: {answer, match_id, why}; nothing for a rule that a release left behind.

    Who may read it is decided before.
    """
    rule = (await rules.parsed({rule_hash})).get(rule_hash)
    if rule is None:
        return NOT_ASKED
    facts, last_fact_id, day = await _known(rule, enterprise_id)
    return given(Named(version_id, last_fact_id, day), explain(rule, facts, day, CATALOGUE), enterprise_id)


def given(named: Named, why: Explanation, enterprise_id: UUID) -> dict[str, Any]:
    """Return the answer of a rule over the facts as of what is named: {answer, match_id, why}; `why` as ready JSON."""
    told = _told(why)
    return {
        "answer": told.answer,
        "match_id": match_id(named, told, why.rule_hash, enterprise_id),
        "why": orjson.Fragment(told.why),
    }


async def _known(rule: Rule, enterprise_id: UUID) -> tuple[Facts, int, date]:
    """Read the facts of today and the last telling they rest on; what time alone may have changed is settled first."""
    wanted = rules.facts_of([rule])
    row, day = await _row(wanted, enterprise_id)
    if row["resettle_on"] is not None and row["resettle_on"] <= day:
        await settle_one_due(enterprise_id)
        row, day = await _row(wanted, enterprise_id)
    return facts_from_row(dict(row), wanted), row["last_fact_id"], day


async def _row(wanted: tuple[Fact, ...], enterprise_id: UUID) -> tuple[Record, date]:
    """The day is taken after the row: a row that isn't due by then holds what a replay of that day will rebuild."""
    row = await db.fetch_one(
        f"SELECT e.resettle_on, {LAST_FACT} AS last_fact_id{rules.column_list(wanted, 'e')}"
        " FROM enterprises e WHERE e.id = $1",
        enterprise_id,
    )
    assert row is not None  # noqa: S101  its reader was found to act for it, and enterprises are never deleted
    return row, clock.today()


def _told(why: Explanation) -> Told:
    """What staff alone may see of an enterprise is never in it, whoever reads."""
    said = why.without_values(INTERNAL).to_dict()
    return Told(ANSWERS[why.verdict].label, orjson.dumps(said, option=orjson.OPT_SORT_KEYS))


def match_id(named: Named, told: Told, rule_hash: str, enterprise_id: UUID) -> str:
    """Name an answer by all it rests on; equal names mean equal answers."""
    body = named.spelled() + told.digest
    return base64.urlsafe_b64encode(body + _seal(body, rule_hash, enterprise_id)).decode()


async def replay(actor: Actor, enterprise_id: UUID, given: str) -> dict[str, Any]:
    """Tell again what a match id named, from the log: the policy, the answer and why, and whether they are the same.

    `catalogue_changed`: facts count or read otherwise since; `is_identical`: it came out as it was told. Owners need to
    act for the enterprise (NotBound, OutOfScope), staff to see it (EnterpriseUnknown). Raises MatchIdInvalid for what
    is no match id, MatchUnknown for one that was never given for this enterprise.
    """
    if actor.kind is ActorKind.OWNER:
        await acting_for(actor, enterprise_id, scope=SCOPE, changes=False)
    else:
        await profile.wide_row(actor, enterprise_id)
    named, digest, seal = _read(given)
    version = await db.fetch_one(_VERSION, named.version_id)
    body = named.spelled() + digest
    if version is None or not hmac.compare_digest(seal, _seal(body, version["rule_hash"], enterprise_id)):
        raise MatchUnknown
    told = await _retold(named, version["rule_hash"], enterprise_id)
    return {
        "policy": orjson.Fragment(version["told"]),
        "on": named.day,
        "match_id": given,
        "answer": told and told.answer,
        "why": told and orjson.Fragment(told.why),
        "is_identical": told is not None and told.digest == digest,
        "catalogue_changed": named.catalogue != FINGERPRINT[:_PRINT],
    }


async def _retold(named: Named, rule_hash: str, enterprise_id: UUID) -> Told | None:
    """Answer as of then; None when today's catalogue no longer knows what the rule asks."""
    rule = (await rules.parsed({rule_hash})).get(rule_hash)
    if rule is None:
        return None
    facts = await facts_at(enterprise_id, named.last_fact_id, named.day, rules.facts_of([rule]))
    return _told(explain(rule, facts, named.day, CATALOGUE))


def _read(given: str) -> tuple[Named, bytes, bytes]:
    if not _SPELLING.fullmatch(given):
        raise MatchIdInvalid
    data = base64.urlsafe_b64decode(given)
    last_fact_id, day = int.from_bytes(data[17:25]), int.from_bytes(data[25:28])
    if data[0] != _FORMAT or last_fact_id >= 1 << 63 or not 0 < day <= date.max.toordinal():
        raise MatchIdInvalid
    named = Named(UUID(bytes=data[1:17]), last_fact_id, date.fromordinal(day), data[28:32])
    return named, data[32:_BODY], data[_BODY:]


def _seal(body: bytes, rule_hash: str, enterprise_id: UUID) -> bytes:
    signed = runtime.current().vault.sign(f"match:{enterprise_id}:{rule_hash}:{body.hex()}")
    return signed.encode()[:_SEAL]
