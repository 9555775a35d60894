"""JSON to a checked rule: every mistake is found in one pass and told with its path, in Chinese.

Depth, nodes and lists are bounded before anything is walked recursively, so no input is slow or deep enough to
hurt.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar

from backend.eligibility.catalogue import Fact, Source
from backend.eligibility.errors import RuleInvalid
from backend.eligibility.operands import MAX_TEXT, OPERATORS, Operand, OperandInvalid, Operator, clean_text
from backend.eligibility.tree import AllOf, AnyOf, AtLeast, Citation, Leaf, Node, Not, Rule, normal_form
from backend.foundation.errors import FieldError

MAX_DEPTH = 12
MAX_NODES = 400
MAX_LISTED_IN_ALL = 2_000
"""Values in all lists of a rule together: what one query then compares for one enterprise has a bound."""
MAX_PROBLEMS = 50
MAX_SENTENCE = 2_000
_GROUPS = ("all", "any", "not", "at_least")
_LEAF_KEYS = frozenset({"fact", "op", "value", "citation", "sources", "say"})
_CITATION_KEYS = ("document", "article", "sentence")
_SHOWN = 40
T = TypeVar("T")


def parse(rule_json: object, catalogue: Mapping[str, Fact]) -> Rule:
    """The rule, bound to this catalogue's facts; RuleInvalid with all its problems otherwise."""
    _measure(rule_json)
    return _rule(_Parser(catalogue).node(rule_json, "$"))


def _rule(root: Node) -> Rule:
    document = _document(root)
    spelling = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Rule(root, normal_form(root), document, hashlib.sha256(spelling.encode()).hexdigest())


def _document(node: Node) -> dict[str, Any]:
    """The rule as JSON in its one spelling: parsing it again gives the same rule and the same hash."""
    if isinstance(node, Leaf):
        return _leaf_document(node)
    if isinstance(node, Not):
        return {"not": _document(node.part)}
    parts = [_document(part) for part in node.parts]
    if isinstance(node, AtLeast):
        return {"at_least": {"count": node.count, "of": parts}}
    return {"all": parts} if isinstance(node, AllOf) else {"any": parts}


def _leaf_document(leaf: Leaf) -> dict[str, Any]:
    document = {
        "fact": leaf.fact.key,
        "op": leaf.op,
        "value": leaf.operand,
        "citation": {name: getattr(leaf.citation, name) for name in _CITATION_KEYS},
        "sources": [Source(number).name.lower() for number in sorted(leaf.sources)]
        if leaf.sources != frozenset(leaf.fact.sources)
        else None,
        "say": leaf.say or None,
    }
    return {name: value for name, value in document.items() if value is not None}


def _measure(raw: object) -> None:
    """Walk without recursion, and no further than the bounds: how deep, how many nodes, how many listed values."""
    level, depth, nodes, listed = [raw], 0, 0, 0
    while level:
        depth, nodes = depth + 1, nodes + len(level)
        listed += sum(_listed(node) for node in level)
        if depth > MAX_DEPTH:
            raise _refusal("$", "too_deep", f"条件嵌套过深，最多{MAX_DEPTH}层。")
        if nodes > MAX_NODES:
            raise _refusal("$", "too_many", f"条件过多，最多{MAX_NODES}个，请拆分或精简。")
        if listed > MAX_LISTED_IN_ALL:
            sentence = f"各条件列出的值共{listed}个，最多{MAX_LISTED_IN_ALL}个，请用上级代码或区间代替。"
            raise _refusal("$", "too_many_values", sentence)
        level = list(islice((part for node in level for part in _parts(node)), MAX_NODES + 1))


def _listed(raw: object) -> int:
    value = raw.get("value") if isinstance(raw, dict) else None
    return len(value) if isinstance(value, list) else 0


def _parts(raw: object) -> list[object]:
    if not isinstance(raw, dict):
        return []
    at_least = raw.get("at_least")
    inside = at_least.get("of") if isinstance(at_least, dict) else None
    found = [part for group in (raw.get("all"), raw.get("any"), inside) if isinstance(group, list) for part in group]
    return [*found, raw["not"]] if "not" in raw else found


_KINDS: Final = {dict: "对象", list: "列表", int: "数字", float: "数字", bool: "真假值", type(None): "空值"}


def _shown(raw: object) -> str:
    text = raw if isinstance(raw, str) else _KINDS.get(type(raw), "无法识别的内容")
    return "".join(sign if sign.isprintable() else "?" for sign in text[:_SHOWN])


def _refusal(path: str, code: str, sentence: str) -> RuleInvalid:
    return RuleInvalid(sentence, (FieldError(path, code, sentence),))


class _Problems:
    """Goes on after a mistake, so that all of them are told at once."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def attempt(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except RuleInvalid as refusal:
            self.found.extend(refusal.fields)
        return None

    def refusal(self) -> RuleInvalid:
        return RuleInvalid(self.found[0].sentence, tuple(self.found[:MAX_PROBLEMS]))


class _Parser:
    """Every method gives its part of the rule or raises RuleInvalid with all mistakes of that part."""

    def __init__(self, catalogue: Mapping[str, Fact]) -> None:
        self.catalogue = catalogue

    def node(self, raw: object, path: str) -> Node:
        if not isinstance(raw, dict):
            raise _refusal(path, "not_a_node", "此处须为一个条件（JSON 对象）。")
        group = next((name for name in _GROUPS if name in raw), None)
        if group is None:
            return self.leaf(raw, path)
        if len(raw) != 1:
            raise _refusal(path, "mixed_node", f"“{group}”须单独成为一个条件，不能与其他内容并列。")
        inside = raw[group]
        if group == "not":
            return Not(self.node(inside, f"{path}.not"), path)
        if group == "at_least":
            return self.at_least(inside, path)
        parts = self.parts(inside, f"{path}.{group}")
        return AllOf(parts, path) if group == "all" else AnyOf(parts, path)

    def parts(self, raw: object, path: str) -> tuple[Node, ...]:
        if not isinstance(raw, list) or not raw:
            raise _refusal(path, "no_parts", "此处须列出至少一个条件。")
        problems = _Problems()
        parts = [problems.attempt(partial(self.node, one, f"{path}[{at}]")) for at, one in enumerate(raw)]
        if problems.found:
            raise problems.refusal()
        return tuple(part for part in parts if part is not None)

    def at_least(self, raw: object, path: str) -> Node:
        inside = f"{path}.at_least"
        if not isinstance(raw, dict) or set(raw) != {"count", "of"}:
            raise _refusal(inside, "bad_at_least", "“at_least”须写明 count（个数）和 of（条件列表）。")
        parts, count = self.parts(raw["of"], f"{inside}.of"), raw["count"]
        if type(count) is not int or not 1 <= count <= len(parts):
            raise _refusal(f"{inside}.count", "bad_count", "个数须为整数，至少1，且不超过所列条件数。")
        return AtLeast(count, parts, path)

    def leaf(self, raw: dict[Any, Any], path: str) -> Leaf:
        problems = _Problems()
        problems.attempt(lambda: _only_known_keys(raw, path))
        comparison = problems.attempt(lambda: self.comparison(raw, path))
        citation = problems.attempt(lambda: _citation(raw.get("citation"), f"{path}.citation"))
        say = problems.attempt(lambda: _text(raw["say"], f"{path}.say") if "say" in raw else "")
        if comparison is None or citation is None or say is None or problems.found:
            raise problems.refusal()
        fact, operator, (condition, operand), sources = comparison
        return Leaf(
            fact=fact,
            op=raw["op"],
            operand=operand,
            condition=condition,
            negated=operator.negated,
            flipped=False,
            sources=sources,
            citation=citation,
            say=say,
            path=path,
        )

    def comparison(self, raw: dict[Any, Any], path: str) -> tuple[Fact, Operator, Operand, frozenset[int]]:
        problems = _Problems()
        fact = problems.attempt(lambda: self.fact(raw.get("fact"), f"{path}.fact"))
        operator = problems.attempt(lambda: _operator(raw.get("op"), f"{path}.op"))
        if fact is None or operator is None:
            raise problems.refusal()
        _check_operator(raw["op"], operator, fact, f"{path}.op")
        operand = problems.attempt(lambda: _operand(raw, fact, operator, f"{path}.value"))
        sources = problems.attempt(lambda: _sources(raw, fact, f"{path}.sources"))
        if operand is None or sources is None:
            raise problems.refusal()
        return fact, operator, operand, sources

    def fact(self, key: object, path: str) -> Fact:
        if isinstance(key, str) and key in self.catalogue:
            return self.catalogue[key]
        sentence = f"事实目录中没有“{_shown(key)}”。" if key is not None else "条件缺少要比较的信息项。"
        raise _refusal(path, "unknown_fact", sentence)


def _only_known_keys(raw: dict[Any, Any], path: str) -> None:
    for key in raw.keys() - _LEAF_KEYS:
        raise _refusal(path, "unknown_key", f"条件中有不认识的内容“{_shown(key)}”。")


def _operator(op: object, path: str) -> Operator:
    if isinstance(op, str) and op in OPERATORS:
        return OPERATORS[op]
    raise _refusal(path, "unknown_operator", f"不认识的比较方式“{_shown(op)}”。")


def _check_operator(op: str, operator: Operator, fact: Fact, path: str) -> None:
    if fact.type not in operator.types:
        raise _refusal(path, "operator_not_for_type", f"“{fact.title}”不能用“{op}”比较。")
    if operator.needs_register and fact.absence != "no":
        sentence = f"“{fact.title}”没有完整名册，缺少记录不等于没有，不能用“{op}”。"
        raise _refusal(path, "absence_unknown", sentence)


def _operand(raw: dict[Any, Any], fact: Fact, operator: Operator, path: str) -> Operand:
    if operator.takes_value and "value" not in raw:
        raise _refusal(path, "bad_value", "缺少比较的值（value）。")
    if not operator.takes_value and "value" in raw:
        raise _refusal(path, "bad_value", "此比较方式不需要值（value）。")
    return _read(lambda: operator.read(fact, raw["op"], raw.get("value")), path)


def _sources(raw: dict[Any, Any], fact: Fact, path: str) -> frozenset[int]:
    """The accepted sources: the catalogue's, or the stricter choice of the leaf."""
    accepted = {source.name.lower(): int(source) for source in fact.sources}
    given = raw.get("sources", list(accepted))
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        raise _refusal(path, "bad_sources", '来源须为非空列表，如 ["registry", "bureau"]。')
    for one in given:
        if one not in accepted:
            raise _refusal(path, "bad_sources", f"“{fact.title}”不接受来源“{_shown(one)}”。")
    return frozenset(accepted[one] for one in given)


def _citation(raw: object, path: str) -> Citation:
    if raw is None:
        raise _refusal(path, "missing_citation", "每个条件都须注明依据（文件、条款、原文）。")
    if not isinstance(raw, dict) or set(raw) != set(_CITATION_KEYS):
        raise _refusal(path, "missing_citation", "依据须写明 document、article、sentence 三项。")
    problems = _Problems()
    texts = {
        name: problems.attempt(partial(_text, raw[name], f"{path}.{name}", MAX_SENTENCE)) for name in _CITATION_KEYS
    }
    if problems.found:
        raise problems.refusal()
    return Citation(**{name: text or "" for name, text in texts.items()})


def _text(raw: object, path: str, limit: int = MAX_TEXT) -> str:
    return _read(lambda: clean_text(raw, limit), path)


def _read(reader: Callable[[], T], path: str) -> T:
    try:
        return reader()
    except OperandInvalid as problem:
        raise _refusal(path, "bad_value", f"{problem}。") from None
