"""Message templates of both accounts, seeded from templates.json, and the check of a message against one."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from sandbox import fields
from sandbox.errcodes import Refused
from sandbox.fields import Check

_FILE = Path(__file__).parent / "templates.json"
_KEY = re.compile(r"([a-z_]+?)\d+")
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_LIBRARY_TYPES = {"one_time": 2, "long_term": 3}

Kind = Literal["one_time", "long_term", "service"]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One slot; its kind is the key without the number, as in WeChat (`thing1` is a `thing`)."""

    key: str
    name: str
    example: str
    values: tuple[str, ...] = ()  # of an enum

    @property
    def kind(self) -> str:
        """The word before the number, "" when the key is no WeChat key."""
        found = _KEY.fullmatch(self.key)
        return found[1] if found else ""

    @property
    def check(self) -> Check:
        """Says whether WeChat would take a value; KeyError when the key is of no known kind."""
        return fields.one_of(self.values) if self.kind == "enum" else fields.CHECKS[self.kind]


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`key` is a handle for people and tests; WeChat itself only knows `id`."""

    key: str
    id: str
    title: str
    kind: Kind
    fields: tuple[Field, ...]

    def listed_for_service(self) -> dict[str, object]:
        """As /cgi-bin/template/get_all_private_template shows it."""
        return {
            "template_id": self.id,
            "title": self.title,
            "primary_industry": "政府与公共事业",
            "deputy_industry": "政府机构",
            "content": "".join(f"{field.name}：{{{{{field.key}.DATA}}}}\n" for field in self.fields),
            "example": "".join(f"{field.name}：{field.example}\n" for field in self.fields),
        }

    def listed(self) -> dict[str, object]:
        """As /wxaapi/newtmpl/gettemplate shows it."""
        return {
            "priTmplId": self.id,
            "title": self.title,
            "content": "".join(f"{field.name}:{{{{{field.key}.DATA}}}}\n" for field in self.fields),
            "example": "".join(f"{field.name}:{field.example}\n" for field in self.fields),
            "type": _LIBRARY_TYPES[self.kind],
            "keywordEnumValueList": [
                {"enumValueList": list(field.values), "keywordCode": field.key}
                for field in self.fields
                if field.kind == "enum"
            ],
        }


class Templates:
    """All templates, found by id or by key, with the checks of their fields made ready once.

    `by_id` has those that WeChat lists and sends; one that was taken away can still be named, to bring it back.
    """

    def __init__(self, templates: tuple[Template, ...]) -> None:
        self.by_id = {template.id: template for template in templates}
        self._all = dict(self.by_id)
        self._ids = {template.key: template.id for template in templates}
        self._checks = {template.id: _checks(template) for template in templates}

    def put(self, template_id: str, changes: dict[str, Any]) -> None:
        """Change a template as its owner may on WeChat's side: other fields or title, taken away, brought back."""
        is_there = changes.get("is_there", template_id in self.by_id)
        template = changed(self._all[template_id], changes)
        self._all[template_id] = template
        self._checks[template_id] = _checks(template)
        self.by_id.pop(template_id, None)
        if is_there:
            self.by_id[template_id] = template

    def check(self, template: Template, values: Mapping[str, str]) -> None:
        """Refuse with 47003 naming the field that is missing, empty, unknown or outside its kind's limits."""
        checks = self._checks[template.id]
        for key, is_accepted in checks:
            value = values.get(key, "")
            if not value:
                raise Refused(47003, f"argument invalid! data.{key}.value is empty")
            if not is_accepted(value) or fields.has_control_characters(value):
                raise Refused(47003, f"argument invalid! data.{key}.value invalid")
        if len(values) > len(checks):
            unknown = min(set(values) - {key for key, _ in checks})
            raise Refused(47003, f"argument invalid! data.{unknown} invalid")

    def find(self, key_or_id: str) -> Template | None:
        """For the control API, which takes either."""
        return self.by_id.get(key_or_id) or self.by_id.get(self._ids.get(key_or_id, ""))

    def find_any(self, key_or_id: str) -> Template | None:
        """Also one that was taken away."""
        return self._all.get(self._ids.get(key_or_id, key_or_id))


def changed(template: Template, changes: dict[str, Any]) -> Template:
    """Return a template with other fields or another title; ValueError when no template can be like that."""
    wanted = {name: changes[name] for name in ("title", "fields") if name in changes}
    made = msgspec.convert({**msgspec.to_builtins(template), **wanted}, Template)
    _check_seed(made)
    return made


def _checks(template: Template) -> list[tuple[str, Check]]:
    return [(field.key, field.check) for field in template.fields]


def load(content: bytes | None = None) -> tuple[Template, ...]:
    """Read the seed; a mistake in it (a bad id, an unknown kind, an example its own field refuses) fails at start."""
    decoded = msgspec.json.decode(content or _FILE.read_bytes(), type=tuple[Template, ...])
    for template in decoded:
        _check_seed(template)
    return decoded


def _check_seed(template: Template) -> None:
    if not _ID.fullmatch(template.id):
        raise ValueError(f"template {template.key}: an id has 43 characters")
    for field in template.fields:
        if field.kind != "enum" and field.kind not in fields.CHECKS:
            raise ValueError(f"template {template.key}: {field.key} is of no known kind")
        if not field.check(field.example):
            raise ValueError(f"template {template.key}: the example of {field.key} would be refused")
