"""A catalogue with one fact of each kind, short ways to write rules and facts, and hypothesis strategies."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from backend.eligibility import Catalogue, Source, Value, load_catalogue
from backend.eligibility.operands import OPERATORS

AS_OF = date(2026, 11, 22)
CITATION = {
    "document": "财政部 税务总局公告2023年第12号",
    "article": "第三条",
    "sentence": "从业人数不超过300人",
}

CATALOGUE: Catalogue = load_catalogue(
    [
        {
            "key": "employees",
            "title": "从业人数",
            "type": "integer",
            "unit": "人",
            "sources": ["registry", "bureau", "self_declared"],
            "holds_for_days": 365,
            "absence": "unknown",
            "askable": True,
            "question": "目前有多少名员工？",
            "sensitive": False,
            "choices": None,
        },
        {
            "key": "revenue",
            "title": "年营业收入",
            "type": "decimal",
            "unit": "万元",
            "sources": ["bank", "self_declared"],
        },
        {"key": "founded", "title": "成立日期", "type": "date", "sources": ["registry"]},
        {
            "key": "high_tech",
            "title": "高新技术企业",
            "type": "boolean",
            "sources": ["bureau"],
            "absence": "no",
            "holds_for_days": 30,
        },
        {"key": "exporter", "title": "有出口业务", "type": "boolean", "sources": ["self_declared", "bureau"]},
        {"key": "industry", "title": "行业代码", "type": "code", "sources": ["registry", "bureau"]},
        {
            "key": "entity_type",
            "title": "主体类型",
            "type": "enum",
            "sources": ["registry", "bureau", "bank", "self_declared"],
            "choices": {"enterprise": "企业", "individual_business": "个体工商户", "cooperative": "农民专业合作社"},
        },
        {"key": "name", "title": "名称", "type": "text", "sources": ["registry"], "holds_for_days": 30},
        {
            "key": "qualifications",
            "title": "资质",
            "type": "tags",
            "sources": ["bureau", "registry"],
            "absence": "no",
            "holds_for_days": 30,
        },
        {
            "key": "licence",
            "title": "食品经营许可证",
            "type": "text",
            "sources": ["registry", "bureau"],
            "absence": "no",
        },
        {"key": "licence_ends", "title": "许可证到期日", "type": "date", "sources": ["bureau"], "absence": "no"},
    ]
)


def leaf(fact: str, op: str, *value: Any, **more: Any) -> dict[str, Any]:
    """`leaf("employees", "le", 300, sources=["registry"])`."""
    compared = {"value": value[0]} if value else {}
    return {"fact": fact, "op": op, **compared, "citation": CITATION, **more}


def known(value: Any, source: Source = Source.REGISTRY, on: date = AS_OF) -> Value:
    return Value(value, source, on)


# Small domains, so that bounds are met exactly, again and again.
DOMAINS: dict[str, tuple[Any, ...]] = {
    "integer": (-1, 0, 1, 2, 299, 300, 301, 10**15),
    "decimal": tuple(Decimal(text) for text in ("-1", "0", "0.5", "0.500001", "1", "300", "300.1")),
    "boolean": (True, False),
    "date": (
        *(AS_OF + timedelta(days=days) for days in (-4000, -1827, -1826, -366, -365, -31, -30, -1, 0, 1, 30)),
        *(date(2024, 2, 29), date(2026, 5, 31), date(2026, 10, 22), date(2026, 9, 30), date(1900, 1, 1)),
    ),
    "code": ("C", "C13", "C131", "C1311", "C14", "A", "A01", "13", "1311"),
    "text": ("甲", "乙", "O'Brien %_\\", "甲 "),
    "tags": ("高新技术企业", "专精特新", "O'Brien,{}\"", "NULL"),
}
AGES = (-1, 0, 1, 29, 30, 31, 364, 365, 366, 3000)


def domain(key: str) -> tuple[Any, ...]:
    fact = CATALOGUE[key]
    return tuple(fact.choices) or DOMAINS[fact.type]


def random_value(rng: random.Random, key: str) -> Any:
    values = domain(key)
    return rng.sample(values, rng.randint(0, 3)) if CATALOGUE[key].type == "tags" else rng.choice(values)


def random_facts(rng: random.Random) -> dict[str, Value]:
    """One enterprise: some facts unknown, some stale, some from sources nobody accepts."""
    density = rng.choice((0.3, 0.7, 0.95))
    return {
        key: Value(random_value(rng, key), rng.randint(1, 4), AS_OF - timedelta(days=rng.choice(AGES)))
        for key in CATALOGUE
        if rng.random() < density
    }


def _json_value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _scalars(key: str) -> st.SearchStrategy[Any]:
    values = [_json_value(value) for value in domain(key)]
    return st.sampled_from([value for value in values if not isinstance(value, str) or value.strip() == value])


def _between(key: str) -> st.SearchStrategy[Any]:
    values = st.sampled_from(sorted(domain(key)))
    return st.tuples(values, values).map(lambda pair: [_json_value(one) for one in sorted(pair)])


_DURATIONS = st.fixed_dictionaries(
    {},
    optional={
        "years": st.sampled_from([1, 5, 10]),
        "months": st.sampled_from([1, 3, 6, 13]),
        "days": st.sampled_from([1, 30, 31]),
    },
).filter(bool)


def _operands(key: str, op: str) -> st.SearchStrategy[Any]:
    if op in {"in", "not_in", "prefix", "has_tag", "lacks_tag"}:
        lists = st.lists(_scalars(key), min_size=1, max_size=3)
        every = st.just(list(domain(key)))  # more branches than are written out one by one
        return lists if op in {"in", "not_in"} else lists | _scalars(key) | every
    if op == "between":
        return _between(key)
    if op == "within":
        return _DURATIONS
    if op in {"before", "on_or_before", "after", "on_or_after"}:
        return _scalars(key) | st.just("as_of")
    return _scalars(key)


def operators_of(key: str) -> list[str]:
    fact = CATALOGUE[key]
    return [
        name
        for name, operator in OPERATORS.items()
        if fact.type in operator.types and (fact.absence == "no" or not operator.needs_register)
    ]


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    key = draw(st.sampled_from(list(CATALOGUE)))
    op = draw(st.sampled_from(operators_of(key)))
    written = leaf(key, op, *([draw(_operands(key, op))] if OPERATORS[op].takes_value else []))
    if draw(st.booleans()):
        accepted = [source.name.lower() for source in CATALOGUE[key].sources]
        written["sources"] = draw(st.lists(st.sampled_from(accepted), min_size=1, unique=True))
    return written


def _groups(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(parts, min_size=1, max_size=4)
    return st.one_of(
        lists.map(lambda some: {"all": some}),
        lists.map(lambda some: {"any": some}),
        parts.map(lambda one: {"not": one}),
        lists.flatmap(
            lambda some: st.integers(1, len(some)).map(lambda count: {"at_least": {"count": count, "of": some}})
        ),
    )


def rules() -> st.SearchStrategy[Any]:
    """Rule JSON that parses, over every operator and every fact."""
    return st.recursive(leaves(), _groups, max_leaves=8)


def junk() -> st.SearchStrategy[Any]:
    """What a hostile or broken client may send in place of anything."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.sampled_from([10**400, -(10**30), 2**63, "\x00", "\ud800", "A\x00", "%", "1' OR 1=1", "as_of", ""])
        | st.floats()
        | st.text(st.characters(), max_size=5)
    )
    keys = st.sampled_from(["all", "any", "not", "at_least", "fact", "op", "value", "citation", "of", "count"])
    return st.recursive(
        scalars,
        lambda parts: st.lists(parts, max_size=4) | st.dictionaries(keys | st.text(max_size=3), parts, max_size=4),
        max_leaves=10,
    )
