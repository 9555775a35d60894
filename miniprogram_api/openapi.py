"""The surface as OpenAPI 3.1, made from the endpoints.

`docs/openapi.json` is a copy of it (`python -m miniprogram_api --openapi`) that a test compares, so that a change of
the surface is always seen in a review.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from backend.foundation import errors
from backend.foundation.errors import WuweiError
from miniprogram_api import rule_language
from miniprogram_api.auth import CSRF_HEADER, PARTNER_COOKIE, STAFF_COOKIE
from miniprogram_api.endpoint import Auth, Endpoint, Route
from miniprogram_api.errors import PROBLEM_JSON, VersionRequired, status_of
from miniprogram_api.reply import Stream
from miniprogram_api.schema import Problem

VERSION: Final = "1.0.0"
"""Of the surface, not of the program: it grows with what clients can see."""
_REF: Final = "#/components/schemas/{model}"
_RESPONSE: Final = "#/components/responses/{name}"
_CODE: Final = re.compile(r"`([\w.]+)`")
_PARAMETER: Final = re.compile(r"<(\w+)(?::(\w+))?>")
_KINDS: Final = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}, "str": {"type": "string"}}
_SECURITY: Final[dict[Auth, list[dict[str, list[str]]]]] = {
    Auth.OWNER: [{"owner": []}],
    Auth.STAFF: [{"staff": []}],
    Auth.PARTNER: [{"partner": []}],
    Auth.PUBLIC: [],
}
_SCHEMES: Final = {
    "owner": {"type": "http", "scheme": "bearer", "description": "小程序登录后得到的令牌"},
    "staff": {"type": "apiKey", "in": "cookie", "name": STAFF_COOKIE, "description": "控制台登录后的会话"},
    "partner": {"type": "apiKey", "in": "cookie", "name": PARTNER_COOKIE, "description": "合作机构登录后的会话"},
}
DOORS: Final = {"owner": "经营者（小程序）", "staff": "工作人员（控制台）", "partner": "合作机构", "public": "公开"}

Json = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """Fields go by their names; a title made from the name tells nothing."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False


class Schemas:
    """The JSON schemas of all models, each written once under components."""

    def __init__(self, routes: Sequence[Route]) -> None:
        wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
        for route in routes:
            wanted += [(model, "validation") for model in (route.endpoint.body,) if model]
            wanted += [(model, "serialization") for model in (route.endpoint.returns,) if _is_model(model)]
        self._refs, made = models_json_schema(
            list(dict.fromkeys(wanted)), ref_template=_REF, schema_generator=_Untitled
        )
        self.components: Json = made.get("$defs", {})

    def of(self, kind: Any, mode: JsonSchemaMode) -> Json:
        """Return a reference to a model, or the schema of any other type."""
        if _is_model(kind):
            return self._refs[(kind, mode)]
        schema = TypeAdapter(kind).json_schema(mode=mode, ref_template=_REF, schema_generator=_Untitled)
        self.components.update(schema.pop("$defs", {}))
        return schema


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def document(routes: Sequence[Route]) -> Json:
    """Return the whole description of the documented routes."""
    shown = [route for route in routes if route.endpoint.documented]
    schemas = Schemas(shown)
    paths: dict[str, Json] = {}
    for route in shown:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, schemas)
    told = {
        "openapi": "3.1.0",
        "info": {
            "title": "无微不至",
            "version": VERSION,
            "description": "错误一律为 application/problem+json（RFC 9457）；时间为 RFC 3339，+08:00。",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": door, "description": told} for door, told in DOORS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": _told_once(paths),
            "securitySchemes": _SCHEMES,
        },
    }
    return rule_language.linked(told)


def _operation(route: Route, schemas: Schemas) -> Json:
    declared = route.endpoint
    operation: Json = {
        "operationId": f"{route.door}.{declared.name}" if route.door else declared.name,
        "summary": declared.summary,
        "tags": [route.door or "public"],
        "security": _SECURITY[declared.auth],
        "parameters": [*_path_parameters(route), *_query_parameters(declared), *_headers(route)],
        "responses": {**_success(declared, schemas), **_refusals(route)},
    }
    if declared.permission:
        operation["description"] = f"需要权限 `{declared.permission}`。"
        operation["x-permission"] = declared.permission
    body = _body(declared, schemas)
    return operation | ({"requestBody": body} if body else {})


def _path_parameters(route: Route) -> Iterator[Json]:
    for name, kind in _PARAMETER.findall(route.path):
        yield {"name": name, "in": "path", "required": True, "schema": _KINDS[kind or "str"]}


def _query_parameters(declared: Endpoint) -> Iterator[Json]:
    if declared.query is None:
        return
    schema = declared.query.model_json_schema(ref_template=_REF, schema_generator=_Untitled)
    required, inner = schema.get("required", []), schema.get("$defs", {})
    for name, one in schema["properties"].items():
        told = {"description": one.pop("description")} if "description" in one else {}
        yield {"name": name, "in": "query", "required": name in required, **told, "schema": _inlined(one, inner)}


def _inlined(schema: Any, inner: Mapping[str, Any]) -> Any:
    """Put the few models of a query (enumerations) where they are used."""
    if isinstance(schema, list):
        return [_inlined(one, inner) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(inner[schema["$ref"].rsplit("/", 1)[-1]], inner)
    return {name: _inlined(one, inner) for name, one in schema.items()}


def _headers(route: Route) -> Iterator[Json]:
    if route.is_once:
        key = {"type": "string", "minLength": 8, "maxLength": 128}
        told = "同一键在 24 小时内重发得到同一结果，不会重复办理"
        yield _header("Idempotency-Key", key, told, required=route.needs_key)
    if "version" in route.endpoint.takes:
        yield _header("If-Match", {"type": "string"}, "读到的版本号（ETag）", required=True)
    if route.endpoint.auth is Auth.STAFF and route.method != "GET":
        yield _header(CSRF_HEADER.title(), {"type": "string"}, "登录时得到的防伪令牌", required=True)
    if route.endpoint.auth is Auth.OWNER:
        yield _header("X-Client-Version", {"type": "string"}, "小程序版本，过低时得到 426", required=False)


def _header(name: str, schema: Json, told: str, *, required: bool) -> Json:
    return {"name": name, "in": "header", "required": required, "description": told, "schema": schema}


def _body(declared: Endpoint, schemas: Schemas) -> Json | None:
    if declared.upload:
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        form = {"type": "object", "required": ["file"], "properties": {"file": file}}
        return {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    if declared.streams:
        return {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
    if declared.body is None:
        return None
    return {"required": True, "content": {"application/json": {"schema": schemas.of(declared.body, "validation")}}}


def _success(declared: Endpoint, schemas: Schemas) -> Json:
    if declared.returns is None:
        status = HTTPStatus.NO_CONTENT if declared.status == HTTPStatus.OK else HTTPStatus(declared.status)
        return {str(status.value): {"description": "成功"}}
    if declared.returns is Stream:
        content: Json = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    else:
        content = {"application/json": {"schema": schemas.of(declared.returns, "serialization")}}
    return {str(declared.status): {"description": "成功", "content": content}}


def kinds_of(route: Route) -> Iterator[type[WuweiError]]:
    """Yield the refusals a route can give: those its declaration implies, and those it names."""
    declared = route.endpoint
    if declared.auth is not Auth.PUBLIC:
        yield errors.Unauthenticated
    if declared.permission:
        yield errors.Forbidden
    if "<" in route.path:
        yield errors.NotFound
    if declared.body or declared.query or declared.upload or declared.streams:
        yield errors.Invalid
    if route.is_once:
        yield from ((errors.KeyRequired, errors.KeyReused) if route.needs_key else (errors.KeyReused,))
    if "version" in declared.takes:
        yield from (errors.PreconditionFailed, VersionRequired)
    if declared.auth is Auth.OWNER:
        yield errors.ClientTooOld
    yield from (errors.TooManyRequests, errors.Unavailable)
    yield from declared.errors


def _refusals(route: Route) -> Json:
    found: dict[int, dict[str, str]] = {}
    for kind in kinds_of(route):
        found.setdefault(status_of(kind), {})[kind.code] = kind.sentence
    content = {PROBLEM_JSON: {"schema": {"$ref": _REF.format(model="Problem")}}}
    return {
        str(status): {
            "description": "；".join(f"`{code}` {told}" for code, told in sorted(kinds.items())),
            "content": content,
        }
        for status, kinds in sorted(found.items())
    }


def _told_once(paths: Mapping[str, Json]) -> Json:
    """Leave a reference wherever several operations refuse alike; return what these refer to, named by its codes."""
    lists = [operation["responses"] for methods in paths.values() for operation in methods.values()]
    refused = [one for each in lists for one in each.values() if PROBLEM_JSON in one.get("content", {})]
    times = Counter(one["description"] for one in refused)
    shared: Json = {}
    for each in lists:
        for status, one in each.items():
            if times[one["description"]] > 1:
                name = "-".join(_CODE.findall(one["description"]))
                shared[name], each[status] = one, {"$ref": _RESPONSE.format(name=name)}
    return shared


def answers(description: Json, operation: Json) -> Iterator[tuple[str, Json]]:
    """Yield status and answer of all that an operation may say, what is told once for several of them too."""
    shared = description["components"]["responses"]
    for status, one in operation["responses"].items():
        yield status, shared[one["$ref"].rsplit("/", 1)[-1]] if "$ref" in one else one


def written(description: Json) -> bytes:
    """Return the text of the committed copy, in an order that never changes by itself."""
    return orjson.dumps(description, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
