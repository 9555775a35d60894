"""Which products fit a need, and why or why not: the rule by the engine of policies, the terms beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend.eligibility import Clause, Rule, RuleInvalid, Verdict, explain, facts_from_row
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.errors import EnterpriseUnknown
from backend.enterprises.rules import column_list, facts_of, parse_stored
from backend.financing.catalogue import ordering
from backend.financing.catalogue.ordering import Lot
from backend.financing.codes import COLLATERAL
from backend.financing.costs.terms import REPAYMENTS
from backend.financing.models import Application
from backend.foundation import clock, db
from backend.foundation.logging import get_logger

log = get_logger(__name__)

_OUT: Final = "v.state = 'published' AND v.valid_from <= {day}::date AND v.valid_until >= {day}::date"
LIVE: Final = f"{_OUT} AND i.is_open"
_LIVE_ONES: Final = f"""
SELECT v.id, v.product_id, p.institution_id, v.amount_min_wan, v.amount_max_wan, v.months_min, v.months_max,
    v.collateral, v.repayments, v.is_follow_on, v.rule, v.rule_hash
FROM financing_product_versions v JOIN financing_products p ON p.id = v.product_id
JOIN financing_institutions i ON i.id = p.institution_id WHERE {_OUT.format(day="$1")} AND (i.is_open OR $2)
"""
_MATCHED: Final = "UPDATE financing_applications SET matched_at = $2 WHERE id = $1"
_STORE: Final = """
INSERT INTO financing_matches (application_id, version_id, institution_id, position, answer, why)
SELECT $1, n.version_id, n.institution_id, n.position, n.answer, n.why::jsonb
FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[])
    AS n (version_id, institution_id, position, answer, why)
"""
_parsed: dict[str, Rule] = {}
_KEPT: Final = 5_000


@dataclass(frozen=True, slots=True)
class Need:
    """What is asked for, as products are measured against it."""

    amount_wan: Decimal
    months: int
    collateral: Sequence[str]
    repayment: str | None
    is_follow_on: bool


@dataclass(frozen=True, slots=True)
class Why:
    """One ground of an answer: whether it holds (None: not known), its words, and where it is written."""

    holds: bool | None
    words: str
    citation: Mapping[str, str] | None = None

    def told(self) -> dict[str, Any]:
        return {"holds": self.holds, "words": self.words, "citation": self.citation}


def fits(need: Need, row: Mapping[str, Any]) -> Iterator[Why]:
    """Measure a need against a product's terms, each ground told."""
    low, high = row["amount_min_wan"], row["amount_max_wan"]
    span = f"额度 {plain(low)} 至 {plain(high)} 万元"
    yield _term(low <= need.amount_wan <= high, span, f"您需要 {plain(need.amount_wan)} 万元")
    span = f"期限 {row['months_min']} 至 {row['months_max']} 个月"
    yield _term(row["months_min"] <= need.months <= row["months_max"], span, f"您需要 {need.months} 个月")
    ways = "、".join(COLLATERAL[one] for one in row["collateral"])
    own = "、".join(COLLATERAL[one] for one in need.collateral)
    yield _term(bool(set(need.collateral) & set(row["collateral"])), f"担保方式：{ways}", f"您可提供：{own}")
    if need.repayment is not None:
        ways = "、".join(REPAYMENTS[one] for one in row["repayments"])
        wanted = f"您希望：{REPAYMENTS[need.repayment]}"  # type: ignore[index]
        yield _term(need.repayment in row["repayments"], f"还款方式：{ways}", wanted)
    if row["is_follow_on"]:
        yield _term(need.is_follow_on, "仅限续贷", "您的需求不是续贷")


def _term(holds: bool, says: str, own: str) -> Why:
    return Why(holds, f"符合：{says}" if holds else f"不符合：{says}（{own}）")


def plain(value: Decimal) -> str:
    """Return a number as people write it: 30, not 30.0000."""
    return f"{value.normalize():f}"


def judge(need: Need, row: Mapping[str, Any], facts: Any, rule: Rule, day: date) -> tuple[str, list[Why]]:
    """Return yes, maybe or no with all grounds: those against it first, then what isn't known, then those for it."""
    told = explain(rule, facts, day, CATALOGUE)
    terms = list(fits(need, row))
    grounds = terms + [_ground(clause) for clause in told.deciding()]
    grounds.sort(key=lambda one: (one.holds is not False, one.holds is not None))
    if told.verdict is Verdict.NO or not all(one.holds for one in terms):
        return "no", grounds
    return ("yes" if told.verdict is Verdict.YES else "maybe"), grounds


def _ground(clause: Clause) -> Why:
    cited = {
        "document": clause.citation.document,
        "article": clause.citation.article,
        "sentence": clause.citation.sentence,
    }
    if clause.verdict is Verdict.YES:
        return Why(True, f"符合：{clause.text}", cited)
    if clause.verdict is Verdict.UNKNOWN:
        return Why(None, clause.note, cited)
    near = f"（{clause.near_miss.say}）" if clause.near_miss else ""
    return Why(False, f"不符合：{clause.text}{near}", cited)


async def match(application: Application, *, with_paused: bool = False) -> int:
    """Answer every live product for a locked application that has no answers, and keep them in their order.

    `with_paused` those of banks too that take nothing now: they may again. Returns how many fit or may fit.
    """
    day = clock.today()
    await db.execute(_MATCHED, application.id, clock.now())
    live = await db.fetch(_LIVE_ONES, day, with_paused)
    rows = [(row, rule) for row in live if (rule := _rule(row)) is not None]
    facts = await _facts(application, [rule for _, rule in rows])
    need = need_of(application)
    found = {row["id"]: (row, *judge(need, dict(row), facts, rule, day)) for row, rule in rows}
    await _store(application, found)
    return sum(answer != "no" for _, answer, _ in found.values())


def need_of(application: Application) -> Need:
    return Need(
        application.amount_wan,
        application.months,
        application.collateral,
        application.repayment,
        application.purpose == "renewal",
    )


def _rule(row: Record) -> Rule | None:
    """Return a stored rule; None for one that this release can't read, which then answers nobody."""
    found = _parsed.get(row["rule_hash"])
    if found is not None:
        return found
    try:
        found = parse_stored(orjson.loads(row["rule"]))
    except RuleInvalid:
        log.exception("financing.rule_left_behind", version=str(row["id"]))
        return None
    if len(_parsed) > _KEPT:
        _parsed.clear()
    _parsed[row["rule_hash"]] = found
    return found


async def _facts(application: Application, rules: Sequence[Rule]) -> Any:
    wanted = facts_of(rules)
    sql = f"SELECT e.id{column_list(wanted, 'e')} FROM enterprises e WHERE e.id = $1"
    row = await db.fetch_one(sql, application.enterprise_id)
    if row is None:
        raise EnterpriseUnknown
    return facts_from_row(dict(row), wanted)


async def _store(application: Application, found: Mapping[UUID, tuple[Record, str, list[Why]]]) -> None:
    lots = {
        version: Lot(row["institution_id"], row["product_id"], answer) for version, (row, answer, _) in found.items()
    }
    places = {one: number for number, one in enumerate(ordering.ordered(application.seed, list(lots.values())), 1)}
    await db.execute(
        _STORE,
        application.id,
        list(found),
        [one.institution_id for one in lots.values()],
        [places[one] for one in lots.values()],
        [one.answer for one in lots.values()],
        [orjson.dumps([why.told() for why in grounds]).decode() for _, _, grounds in found.values()],
    )
