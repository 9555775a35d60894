"""The sign-up form of a salon: a small JSON Schema, prefilled from the profile; what is known is not asked.

A property may name a fact of the catalogue (`x-fact`): what is known of it is taken from there and left out of the
form, or shown to be confirmed (`x-when-known: prefill`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import orjson
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from backend.eligibility import Fact
from backend.eligibility.catalogue import SOURCE_TITLES
from backend.eligibility.evaluate import Facts, is_stale
from backend.eligibility.operands import spelled
from backend.enterprises import profile
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, texts
from backend.foundation.errors import FieldError
from backend.salons.errors import AnswersWrong, FormWrong
from backend.salons.seats import form_words, unanswerable

Schema = Mapping[str, Any]

_MOST_FAULTS: Final = 20
MOST: Final = 30
"""The most that a list may hold, in a form and in an answer; comparing each with each stays cheap."""

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": r"^[^\x00-\x1f\x7f]+$"}
_CHOICES: Final = {"type": "array", "minItems": 2, "maxItems": MOST, "uniqueItems": True, "items": _TEXT}
_PROPERTY: Final = {
    "type": "object",
    "required": ["type", "title"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["string", "integer", "number", "boolean", "array"]},
        "title": _TEXT,
        "description": {"type": "string", "maxLength": 200},
        "enum": _CHOICES,
        "maxLength": {"type": "integer", "minimum": 1, "maximum": 500},
        "format": {"const": "date"},
        "minimum": {"type": "number"},
        "maximum": {"type": "number"},
        "maxItems": {"type": "integer", "minimum": 1, "maximum": MOST},
        "uniqueItems": {"const": True},
        "items": {
            "type": "object",
            "required": ["enum"],
            "additionalProperties": False,
            "properties": {"type": {"const": "string"}, "enum": _CHOICES},
        },
        "x-fact": {"type": "string", "maxLength": 60},
        "x-when-known": {"enum": ["skip", "prefill"]},
    },
    "if": {"properties": {"type": {"const": "array"}}},
    "then": {"required": ["items"]},
    "else": {"properties": {"items": False}},
}
DIALECT: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "type": {"const": "object"},
        "properties": {
            "type": "object",
            "maxProperties": 20,
            "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,29}$"},
            "additionalProperties": _PROPERTY,
        },
        "required": {"type": "array", "maxItems": 20, "uniqueItems": True, "items": {"type": "string"}},
        "additionalProperties": {"const": False},
    },
}
"""What a form may be made of: one level of fields, without patterns or references; its one spelling is among it."""

_OF_FACT: Final = {
    "boolean": "boolean",
    "enum": "string",
    "integer": "integer",
    "decimal": "number",
    "date": "string",
    "text": "string",
}
_DIALECT: Final = Draft202012Validator(DIALECT)
_FORMATS: Final = FormatChecker(("date",))
_SENTENCES: Final = {
    "required": "请填写此项",
    "enum": "请从给出的选项中选择",
    "maxLength": "填写的文字过长",
    "minimum": "数值过小",
    "maximum": "数值过大",
    "format": "请填写正确的日期，如2026-11-25",
    "maxItems": "选择的项数过多",
    "uniqueItems": "同一选项不能重复选择",
    "additionalProperties": "报名表中没有此项",
    "type": "填写的内容类型不对",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as one enterprise is asked it: what is left to fill in, what is filled in already, and what is known."""

    schema: Schema
    prefilled: Mapping[str, Any] = field(default_factory=dict)
    known: tuple[Mapping[str, Any], ...] = ()


def check(schema: Schema) -> dict[str, Any]:
    """Return a form in its one spelling, its fields in their order; raises FormWrong with every wrong place.

    What was returned is taken again, and comes to the same.
    """
    if not schema:
        return {}
    wrong = [FieldError(path, "form_wrong", f"最多{MOST}项") for path in _too_long("form", schema)] or [
        FieldError(_path("form", one), "form_wrong", form_words.wanted(one, most=MOST))
        for one in _DIALECT.iter_errors(schema)
    ]
    _refuse(wrong)
    _refuse(_faults(schema))
    fields = {key: _whole(one) for key, one in schema.get("properties", {}).items()}
    _refuse(unanswerable.faults(fields))
    required = [key for key in schema.get("required", ()) if key in fields]
    return (
        {"type": "object", "properties": fields, "required": required, "additionalProperties": False} if fields else {}
    )


def _refuse(wrong: Iterable[FieldError]) -> None:
    found = tuple(islice(wrong, _MOST_FAULTS))
    if found:
        raise FormWrong(fields=found)


def is_same(schema: Schema, other: Schema) -> bool:
    """Whether two forms in their one spelling ask the same in the same order."""
    return schema == other and list(schema.get("properties", ())) == list(other.get("properties", ()))


def facts_of(schema: Schema) -> dict[str, Fact]:
    """Return the facts that a form asks for, by its fields; a release may have taken one from the catalogue."""
    fields = schema.get("properties", {}).items()
    return {key: CATALOGUE[one["x-fact"]] for key, one in fields if one.get("x-fact") in CATALOGUE}


def ask(schema: Schema, held: Facts) -> Asked:
    """Return the form for an enterprise of which `held` is known: nothing known is asked again."""
    known = _known(schema, held)
    skipped = {key for key in known if schema["properties"][key].get("x-when-known", "skip") == "skip"}
    left = {key: one for key, one in schema.get("properties", {}).items() if key not in skipped}
    told = tuple(_told(key, schema["properties"][key], held) for key in known if key in skipped)
    required = [key for key in schema.get("required", ()) if key in left]
    asked = {**schema, "properties": left, "required": required} if left else {}
    return Asked(asked, {key: value for key, value in known.items() if key in left}, told)


def answered(schema: Schema, answers: Mapping[str, Any], held: Facts) -> dict[str, Any]:
    """Return what is stored: the answers and what was known; raises AnswersWrong with every wrong place."""
    if not schema:
        if answers:
            raise AnswersWrong(fields=(FieldError("answers", "additionalProperties", "该沙龙没有报名表"),))
        return {}
    long = [FieldError(path, "maxItems", _SENTENCES["maxItems"]) for path in _too_long("answers", answers)]
    if long:
        raise AnswersWrong(fields=tuple(long[:_MOST_FAULTS]))
    whole = {**_known(schema, held), **answers}
    wrong = [_fault(one) for one in _validator(orjson.dumps(schema)).iter_errors(whole)]
    unreadable = (key for key, one in answers.items() if isinstance(one, str) and not texts.is_readable(one))
    wrong += [FieldError(f"answers.{key}", "readable", texts.SENTENCE) for key in unreadable]
    if wrong:
        raise AnswersWrong(fields=tuple(wrong[:_MOST_FAULTS]))
    return whole


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Draft202012Validator:
    return Draft202012Validator(orjson.loads(schema), format_checker=_FORMATS)


def _whole(one: Mapping[str, Any]) -> dict[str, Any]:
    """Bound every text, and give a field about a fact that fact's choices."""
    made = dict(one)
    fact = CATALOGUE.get(one.get("x-fact", ""))
    if fact is not None and fact.type == "enum":
        made["enum"] = list(dict(fact.choices))
    if made["type"] == "string" and "enum" not in made and "format" not in made:
        made.setdefault("maxLength", 200)
    if made["type"] in ("integer", "number"):
        made.setdefault("minimum", 0)
        made.setdefault("maximum", 10**12)
    if made["type"] == "array":
        made["items"] = {"type": "string", **made["items"]}
        made["uniqueItems"] = True
    return made


def _faults(schema: Schema) -> Iterator[FieldError]:
    fields = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in fields:
            yield FieldError("form.required", "form_wrong", f"必填项“{key}”不在报名表中")
    for key, one in fields.items():
        name = one.get("x-fact")
        if name is None:
            continue
        fact = CATALOGUE.get(name)
        if fact is None or not fact.askable or fact.sensitive or fact.type not in _OF_FACT:
            yield FieldError(f"form.properties.{key}", "form_wrong", "事实目录中没有此项，或此项不向企业询问")
        elif _OF_FACT[fact.type] != one["type"]:
            yield FieldError(f"form.properties.{key}", "form_wrong", f"“{fact.title}”应使用类型{_OF_FACT[fact.type]}")


def _known(schema: Schema, held: Facts) -> dict[str, Any]:
    """Return what need not be asked; what does not fit its field is, or nobody could ever put it right."""
    today, found = clock.today(), {}
    for key, fact in facts_of(schema).items():
        value = held.get(fact.key)
        if value is not None and not is_stale(fact, value, today):
            plain = _plain(fact, value.value)
            if _validator(orjson.dumps(schema["properties"][key])).is_valid(plain):
                found[key] = plain
    return found


def _plain(fact: Fact, value: Any) -> Any:
    if fact.type in ("boolean", "integer"):
        return value
    return float(value) if fact.type == "decimal" else str(spelled(value))


def _told(key: str, one: Mapping[str, Any], held: Facts) -> dict[str, Any]:
    fact = CATALOGUE[one["x-fact"]]
    value = held[fact.key]
    source = SOURCE_TITLES[value.source]
    return {
        "key": key,
        "title": one["title"],
        "told": profile.told(fact, value.value),
        "source": source,
        "on": value.on,
    }


def _too_long(path: str, value: Any) -> Iterator[str]:
    """Return the places of lists that are not even looked through: the library compares each item with each."""
    if isinstance(value, list):
        if len(value) > MOST:
            yield path
        else:
            for nth, one in enumerate(value):
                yield from _too_long(f"{path}.{nth}", one)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _too_long(f"{path}.{key}", one)


def _path(first: str, error: ValidationError) -> str:
    return ".".join([first, *map(str, error.absolute_path)])


def _fault(error: ValidationError) -> FieldError:
    keyword = str(error.validator)
    path = _path("answers", error)
    if keyword == "required":
        missing = next((key for key in error.validator_value if key not in error.instance), "")
        path = f"{path}.{missing}"
    return FieldError(path, keyword, _SENTENCES.get(keyword, "填写有误"))
