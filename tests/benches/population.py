"""A city of enterprises and owners straight by SQL, and any number of live rules: what benches measure over.

    await populate(1_000_000, owners=500_000)      about a minute; the same seed gives the same city
    await publish_rules(5_000)                     the real policies first, then generated ones

What the registry tells is known of nearly all, what owners tell is known of a third and partly out of date. The codes
have no check digits, nothing is sealed, and the log holds one telling for each enterprise that has an owner.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from backend.eligibility import Fact, Source
from backend.enterprises import divisions
from backend.enterprises.catalogue import CATALOGUE, columns
from backend.enterprises.reference import load
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.policies import rules
from backend.policies.editing import imports
from backend.policies.editing.content import NumberedPolicy
from backend.policies.models import Policy, PolicyVersion
from backend.policies.states import VersionState

_SLICE: Final = 50_000
_AT_ONCE: Final = 2
_SLOW_TO_KEEP: Final = 100_000  # from here on secondary indexes are made afterwards
REVIEWER: Final = UUID(int=2)

_KINDS: Final = {"individual_business": 66, "enterprise": 31, "cooperative": 2, "social_org": 1}
_STATES: Final = {"active": 93, "suspended": 2, "revoked": 2, "deregistered": 2, "moved_out": 1}
_SIZES: Final = {"micro": 176, "small": 18, "medium": 5, "large": 1}
# Shops first: the classes that most enterprises of a city are of.
_COMMON: Final = {
    "F5212": 90, "F5229": 70, "F5251": 30, "H6210": 110, "H6110": 25, "C1713": 60, "C1810": 80, "C2041": 40,
    "C2110": 35, "C3499": 30, "C3985": 20, "E4710": 25, "G5430": 30, "G5910": 8, "I6513": 25, "L7299": 30,
    "M7320": 10, "O8010": 30, "P8391": 10,
}  # fmt: skip
_QUALIFIED: Final = ("tech_sme", "tech_sme", "innovative_sme", "high_tech", "specialised_sme", "known_individual")
_LICENSED: Final = ("food_business", "food_business", "drug_retail", "public_hygiene", "tobacco_retail")
_WORDS: Final = ("演示", "和顺", "南浔", "竹乡", "太湖", "安吉", "德清", "莫干", "苕溪", "织里", "菱湖", "长兴")
_TRADES: Final = ("食品", "餐饮", "童装", "家具", "机械", "电子", "纺织", "医药", "物流", "软件", "家政", "建材")
_ENDINGS: Final = ("店", "商行", "经营部", "有限公司", "科技有限公司", "专业合作社")


def _hash(key: int | str, seed: int) -> str:
    """SQL: 20 bits that depend on the row, the place they are used at, and the seed."""
    salt = seed * 1_000_003 + sum(ord(sign) * 131**at for at, sign in enumerate(str(key))) % 1_000_003
    return f"(hashint8extended(n, {salt}) & 1048575)"


def _one_of(values: dict[str, int] | tuple[str, ...], key: str, seed: int) -> str:
    weighted = [one for one, weight in values.items() for _ in range(weight)] if isinstance(values, dict) else values
    listed = ", ".join(f"'{one}'" for one in weighted)
    return f"(ARRAY[{listed}])[1 + {_hash(key, seed)} % {len(weighted)}]"


def _classes() -> dict[str, int]:
    """Return every class of GB/T 4754 once, and the common ones as often as they are met."""
    data = load("industries")
    section = {division: one["code"] for one in data["sections"] for division in one["divisions"]}
    every = {f"{section[code[:2]]}{code}": 1 for code in data["names"] if len(code) == 4}
    return every | _COMMON


def _people(seed: int) -> str:
    """SQL: one row for each enterprise with what its facts hang together by."""
    return f"""
    SELECT *, CASE WHEN town LIKE '330502%' AND {_hash("zone", seed)} % 4 = 0 THEN '3305NTH' ELSE left(town, 6) END
        AS district
    FROM (SELECT n, {_hash("tells", seed)} % 2 = 0 AS tells, {_one_of(_KINDS, "kind", seed)} AS kind,
                 {_one_of(tuple(divisions.TOWNS), "town", seed)} AS town, {_one_of(_SIZES, "size", seed)} AS size,
                 {_one_of(_classes(), "class", seed)} AS class
          FROM generate_series($1::bigint, $2::bigint) AS n OFFSET 0) AS drawn OFFSET 0
    """


def _amount(key: str, seed: int) -> str:
    """SQL: an amount as money is spread: many small ones, few large ones, none below zero."""
    return f"(({_hash(key, seed)} % 300 * (({_hash(key + '+', seed)}) % 300))::numeric * 0.1)"


_TIER: Final = "CASE size WHEN 'micro' THEN 9 WHEN 'small' THEN 80 WHEN 'medium' THEN 500 ELSE 3000 END"
_PARTIAL: Final = 10  # of 100 enterprises, those of which the registry does not tell it


def _registered(seed: int) -> dict[str, tuple[str, str]]:
    """Return value and condition of the facts that come from registers, for nearly all."""

    def told(key: str, but: int = 1) -> str:
        return f"{_hash('known ' + key, seed)} % 100 >= {but}"

    sized = told("size", 25)
    return {
        "entity_type": ("kind", "TRUE"),
        "status": (_one_of(_STATES, "status", seed), "TRUE"),
        "founded_on": (f"$3::date - ({_hash('age', seed)} % 100 * ({_hash('age+', seed)} % 110))::int", told("age")),
        "industry": ("class", told("class", 4)),
        "district": ("district", told("district", 2)),
        "town": ("town", told("district", 2)),
        "region": ("CASE district WHEN '3305NTH' THEN district ELSE town END", told("district", 2)),
        "registered_capital_wan": (_amount("capital", seed), told("capital", 40)),
        "employees": (f"1 + {_hash('staff', seed)} % ({_TIER})", told("staff", 35)),
        "revenue_wan": (f"({_TIER}) * (1 + {_hash('revenue', seed)} % 60)::numeric", told("revenue", 60)),
        "assets_wan": (f"({_TIER}) * (1 + {_hash('assets', seed)} % 40)::numeric", told("assets", 60)),
        "statistical_size": ("size", sized),
        "is_sme": ("size <> 'large'", told("size", 15)),
        "is_small_or_micro": ("size IN ('small', 'micro')", told("size", 18)),
        "credit_risk_class": (_one_of({"A": 60, "B": 30, "C": 8, "D": 2}, "risk", seed), told("risk", _PARTIAL)),
        "qualifications": (
            f"ARRAY[{_one_of(_QUALIFIED, 'qualified', seed)}]",
            f"kind = 'enterprise' AND {_hash('is qualified', seed)} % 12 = 0",
        ),
        "licences": (f"ARRAY[{_one_of(_LICENSED, 'licensed', seed)}]", f"{_hash('is licensed', seed)} % 4 = 0"),
        "listings": (
            f"ARRAY[{_one_of({'abnormal': 9, 'seriously_illegal': 1}, 'listed', seed)}]",
            f"{_hash('is listed', seed)} % 30 = 0",
        ),
        "individual_class": (
            _one_of({"survival": 70, "growth": 25, "development": 5}, "class of individual", seed),
            "kind = 'individual_business'",
        ),
    }


def _declared(fact: Fact, seed: int) -> str:
    """Return a value as owners declare it, by the fact's type and unit."""
    drawn = _hash(fact.key, seed)
    by_type: dict[str, Callable[[], str]] = {
        "enum": lambda: _one_of(tuple(fact.choices), fact.key, seed),
        "boolean": lambda: f"{drawn} % 4 = 0",
        "date": lambda: f"$3::date - ({drawn} % 1200)::int",
        "integer": lambda: f"{drawn} % 40",
        "decimal": lambda: f"({drawn} % 1001)::numeric * 0.1" if fact.unit in {"%", "分"} else _amount(fact.key, seed),
    }
    return by_type[fact.type]()


def _three(fact: Fact, seed: int, registered: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield the value, its source and its day; what owners declare, a half tells, of two facts in three."""
    if fact.key in registered:
        value, known = registered[fact.key]
        source, oldest = Source.REGISTRY if Source.REGISTRY in fact.sources else fact.sources[0], 300
    else:
        value, known = _declared(fact, seed), f"tells AND {_hash('told ' + fact.key, seed)} % 3 > 0"
        source, oldest = Source.SELF_DECLARED, 700
    day = f"$3::date - ({_hash('day', seed)} % {oldest})::int"
    for one in (value, f"{int(source)}", day):
        yield f"CASE WHEN {known} THEN {one} END"


def _id(prefix: str, number: str) -> str:
    """SQL: an id that goes up with the number, as ids made one after the other do."""
    return f"('{prefix}-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


def _enterprises(seed: int) -> str:
    registered = _registered(seed)
    facts = list(CATALOGUE.values())
    names = ", ".join(name for fact in facts for name in columns(fact))
    values = ", ".join(value for fact in facts for value in _three(fact, seed, registered))
    name = (
        f"{_one_of(_WORDS, 'word', seed)} || n || {_one_of(_TRADES, 'trade', seed)} || {_one_of(_ENDINGS, 'e', seed)}"
    )
    return f"""
    INSERT INTO enterprises (id, uscc, name, registry_on, created_at, imported_at, {names})
    SELECT {_id("01900000", "n")}, '91330502' || lpad(n::text, 10, '0'), {name}, $3, now(), now(), {values}
    FROM ({_people(seed)}) AS drawn
    """


_PERSONS = f"""
INSERT INTO persons (id, created_at)
SELECT {_id("01910000", "n")}, now() FROM generate_series($1::bigint, $2::bigint) AS n
"""
# Owner n has enterprise n * stride; every tenth has the one after it too. $3 the stride, $4 how many there are.
_OWNED = f"""
(SELECT n, further, {_id("01900000", "1 + (n * $3::bigint + further) % $4::bigint")} AS enterprise_id
 FROM generate_series($1::bigint, $2::bigint) AS n CROSS JOIN generate_series(0, 1) AS further
 WHERE further = 0 OR (n % 10 = 0 AND $4::bigint > 1)) AS owned
"""
_BINDINGS = f"""
INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
SELECT {_id("01920000", "n * 2 + further")}, {_id("01910000", "n")}, enterprise_id, 'manager', 'active', 'review', now()
FROM {_OWNED}
"""
_TELLINGS = f"""
INSERT INTO facts (enterprise_id, source, as_of, recorded_at, told, told_by_kind)
SELECT e.id, 3, e.registry_on, now(),
       jsonb_strip_nulls(jsonb_build_object('status', e.status, 'entity_type', e.entity_type, 'industry', e.industry,
                                            'district', e.district, 'founded_on', e.founded_on)), 'import'
FROM {_OWNED} JOIN enterprises e ON e.id = enterprise_id
"""
_SECONDARY = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made_by
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'enterprises'::regclass AND NOT i.indisunique ORDER BY c.relname
"""


async def populate(enterprises: int, owners: int = 0, seed: int = 1) -> None:
    """Fill an empty, migrated database; the ORM must be open. Ids go by number from 1: `enterprise(n)`, `person(n)`."""
    secondary = await db.fetch(_SECONDARY) if enterprises >= _SLOW_TO_KEEP else []
    for index in secondary:
        await db.execute(f"DROP INDEX {index['name']}")
    await _in_slices(_enterprises(seed), enterprises, clock.today())
    await _all(index["made_by"] for index in secondary)
    if owners:
        await _in_slices(_PERSONS, owners)
        for sql in (_BINDINGS, _TELLINGS):
            await _in_slices(sql, owners, max(enterprises // owners, 1), enterprises)
    for table in ("enterprises", "persons", "bindings", "facts"):
        await db.execute(f"ANALYZE {table}")


async def _in_slices(sql: str, number: int, *params: Any) -> None:
    slices = [(first, min(first + _SLICE - 1, number)) for first in range(1, number + 1, _SLICE)]
    await _together([db.execute(sql, *one, *params) for one in slices])


async def _all(statements: Iterator[str]) -> None:
    await _together([db.execute(one) for one in statements])


async def _together(work: list[Any]) -> None:
    """Await them, as many at once as a small machine has cores."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Any) -> None:
        async with gate:
            await item

    await asyncio.gather(*(one(item) for item in work))


def enterprise(number: int) -> UUID:
    return UUID(f"01900000-0000-7000-8000-{number:012x}")


def person(number: int) -> UUID:
    return UUID(f"01910000-0000-7000-8000-{number:012x}")


CITATION: Final = {"document": "演示文件〔2026〕1号", "article": "第一条", "sentence": "符合以下条件的企业。"}


def leaf(fact: str, op: str, value: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, "value": value, "citation": CITATION}


def generated_rule(chance: random.Random) -> dict[str, Any]:
    """Return a rule as offices write them: a place, a kind of enterprise, a branch, and what must be true of it."""
    parts = [
        leaf("region", "prefix", chance.choice(["3305", "3305", "33", *divisions.DISTRICTS])),
        leaf("listings", "lacks_tag", ["abnormal", "seriously_illegal"]),
    ]
    if chance.random() < 0.6:
        branches = chance.sample(sorted({one[:3] for one in _COMMON} | {"C", "F", "I"}), chance.randint(1, 4))
        parts.append(leaf("industry", "prefix", branches))
    if chance.random() < 0.5:
        parts.append(leaf(chance.choice(["is_sme", "is_small_or_micro"]), "eq", True))
    declared = [fact for fact in CATALOGUE.values() if fact.askable and fact.type in {"boolean", "decimal", "integer"}]
    asked = [_asked(fact, chance) for fact in chance.sample(declared, chance.randint(1, 4))]
    parts.append(asked[0] if len(asked) == 1 else {chance.choice(["all", "any"]): asked})
    return {"all": parts}


def _asked(fact: Fact, chance: random.Random) -> dict[str, Any]:
    if fact.type == "boolean":
        return leaf(fact.key, "eq", chance.choice([True, False]))
    return leaf(fact.key, chance.choice(["ge", "le"]), chance.choice([5, 10, 20, 50, 100]))


async def publish_rules(number: int, seed: int = 1) -> list[UUID]:
    """Put the real policies in force and generated ones live; returns the ids of the policies."""
    chance, today = random.Random(seed), clock.today()
    real = [one for one in _real() if _is_in_force(one, today)]
    return await publish([_like(real, place, chance) for place in range(number)])


async def publish(policies: Sequence[NumberedPolicy]) -> list[UUID]:
    """Put policies live as a publication leaves them, under one new name of the rule set; nobody is told."""
    moment, before = clock.now(), await Policy.all().count()
    made = [
        Policy(id=new_id(), number=f"YS-{before + place:06}", version=3, created_at=moment)
        for place in range(len(policies))
    ]
    versions = [
        PolicyVersion(
            policy_id=policy.id,
            edition=1,
            state=VersionState.PUBLISHED,
            reviewer_id=REVIEWER,
            created_at=moment,
            edited_at=moment,
            submitted_at=moment,
            published_at=moment,
            **one.columns(),
        )
        for policy, one in zip(made, policies, strict=True)
    ]
    async with db.transaction():
        await Policy.bulk_create(made, batch_size=500)
        await PolicyVersion.bulk_create(versions, batch_size=200)
        await rules.rename()
    await db.execute("ANALYZE policy_versions")
    return [policy.id for policy in made]


def with_rule(rule: dict[str, Any], title: str = "演示政策") -> NumberedPolicy:
    """Return a policy in force with this rule, its other words those of a real one."""
    words = next(one for one in _real() if _is_in_force(one, clock.today()))
    return words.model_copy(update={"title": title, "rule": rule})


def _real() -> list[NumberedPolicy]:
    entries = orjson.loads(imports.REAL.read_bytes())
    return [NumberedPolicy.model_validate_json(orjson.dumps(entry)) for entry in entries]


def _is_in_force(policy: NumberedPolicy, today: date) -> bool:
    ends = [day for day in (policy.effective_to, policy.apply_until) if day is not None]
    return not policy.reference_only and min(ends, default=today) >= today


def _like(real: list[NumberedPolicy], place: int, chance: random.Random) -> NumberedPolicy:
    """Return the real policy of that place; past the last one, another rule under a real policy's words."""
    if place < len(real):
        return real[place]
    words = real[place % len(real)]
    return words.model_copy(update={"title": f"{words.title}（{place}）", "rule": generated_rule(chance)})
