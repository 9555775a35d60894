"""Examples for the reference, made from the schemas: every body shown here is one that the door takes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from miniprogram_api import words

_ID: Final = "01a1b2c3-0000-7000-8000-000000000001"
_BY_FORMAT: Final = {
    "uuid": _ID,
    "date-time": "2026-11-23T10:00:00+08:00",
    "date": "2026-11-23",
    "binary": "",
}
_TEXT: Final = "文字"
_KEY: Final = "4f1c2a7e-once"

Json = dict[str, Any]


class Samples:
    """Makes a sample of any schema; `components` are the named ones."""

    def __init__(self, components: Mapping[str, Json]) -> None:
        self._components = components
        self._above: list[str] = []

    def of(self, schema: Json, model: str = "", name: str = "") -> Any:
        """Return a sample; a model inside itself is left out, so that it ends."""
        if "$ref" in schema and "examples" not in schema:
            return self._of_model(schema["$ref"].rsplit("/", 1)[-1])
        if "anyOf" in schema:
            return self._of_any(schema["anyOf"], model, name)
        known = self._known(schema, model, name)
        if known is not None:
            return known
        return _MAKERS.get(schema.get("type", ""), _nothing)(self, schema, model)

    def _of_model(self, ref: str) -> Any:
        if ref in self._above:
            return None
        self._above.append(ref)
        schema = self._components[ref]
        made = self.of(schema, str(schema.get("title", ref)))
        self._above.pop()
        return made

    def _of_any(self, choices: list[Json], model: str, name: str) -> Any:
        return next((made for one in choices if (made := self.of(one, model, name)) is not None), None)

    def _known(self, schema: Json, model: str, name: str) -> Any:
        if schema.get("examples"):
            return schema["examples"][0]
        if "enum" in schema:
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        if schema.get("format") in _BY_FORMAT:
            return _BY_FORMAT[schema["format"]]
        return words.sample(model, name) if schema.get("type") in {"string", "object"} and name else None

    def of_object(self, schema: Json, model: str) -> Json:
        return {name: self.of(one, model, name) for name, one in schema.get("properties", {}).items()}

    def of_array(self, schema: Json, model: str) -> list[Any]:
        made = self.of(schema.get("items", {}), model)
        return [] if made is None else [made]

    def of_text(self, schema: Json, _model: str) -> str:
        return str((_TEXT * max(1, schema.get("minLength", 1)))[: schema.get("maxLength")])

    def of_integer(self, schema: Json, _model: str) -> int:
        return int(schema.get("minimum", 1))

    def of_boolean(self, _schema: Json, _model: str) -> bool:
        return True


def _nothing(_samples: Samples, _schema: Json, _model: str) -> None:
    return None


_MAKERS: Final[dict[str, Callable[[Samples, Json, str], Any]]] = {
    "object": Samples.of_object,
    "array": Samples.of_array,
    "string": Samples.of_text,
    "integer": Samples.of_integer,
    "number": Samples.of_integer,
    "boolean": Samples.of_boolean,
}


def curl(method: str, path: str, operation: Json, samples: Samples) -> str:
    """Return the call as a line for a shell; `$API`, `$TOKEN` and the like are for the reader to fill."""
    parts = [f'curl {"" if method == "GET" else f"-X {method} "}"$API{_address(path, operation, samples)}"']
    parts += [f"-H '{name}: {value}'" for name, value in _headers(operation)]
    parts += _CREDENTIALS.get(operation["tags"][0], [])
    parts += _body(operation, samples)
    return " \\\n  ".join(parts)


_CREDENTIALS: Final = {
    "owner": ['-H "Authorization: Bearer $TOKEN"'],
    "partner": ['-H "Authorization: Bearer $TOKEN"'],
    "staff": ['-b "$COOKIE"'],
}


def _address(path: str, operation: Json, samples: Samples) -> str:
    query = []
    for one in operation["parameters"]:
        made = samples.of(one["schema"], "", one["name"])
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(made))
        elif one["in"] == "query" and one["required"]:
            query.append(f"{one['name']}={made}")
    return f"{path}?{'&'.join(query)}" if query else path


def _headers(operation: Json) -> list[tuple[str, str]]:
    values = {"Idempotency-Key": _KEY, "If-Match": '"3"', "X-Csrf-Token": "（登录时得到的防伪令牌）"}
    return [(one["name"], values[one["name"]]) for one in operation["parameters"] if one["name"] in values]


def _body(operation: Json, samples: Samples) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return ["-F file=@营业执照.jpg"]
    if "application/json" not in content:
        return []
    made = pretty(samples.of(content["application/json"]["schema"]))
    return ["-H 'Content-Type: application/json'", f"-d '{made}'"]


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
