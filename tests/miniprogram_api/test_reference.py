"""The pages for readers: everything on them, in Chinese, with examples that work, and nothing from elsewhere."""

from html.parser import HTMLParser
from typing import Any

import orjson
import pytest

from miniprogram_api import words
from miniprogram_api.errors import known_kinds
from miniprogram_api.openapi import document
from miniprogram_api.reference import contents, operations, refusals, render
from miniprogram_api.routes import ROUTES
from miniprogram_api.samples import Samples
from tests.miniprogram_api import examples
from tests.support.api import Api

DESCRIPTION = document(ROUTES)
COMPONENTS = DESCRIPTION["components"]["schemas"]
BODIES = {f"{one.method} {one.template}": one for one in ROUTES if one.endpoint.body and one.endpoint.documented}


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.elsewhere: set[str] = set()
        self.tags: set[str] = set()
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.ids += [named["id"]] if "id" in named else []
        address = named.get("href", named.get("src", ""))
        if address.startswith("#"):
            self.targets.add(address[1:])
        elif address and (not address.startswith("/") or address.startswith("//")):
            self.elsewhere.add(address)
        self.language = named.get("lang", self.language)
        assert "style" not in named
        assert not [name for name in named if name.startswith("on")]


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/conflict", "/problems/identity.not_bound"])
async def test_a_page_is_chinese_and_needs_nothing_from_elsewhere(api: Api, path: str) -> None:
    answer = await api.get(path, headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy.pop("default-src") == "'none'"
    assert "script-src" not in policy
    assert set(policy.values()) == {"'self'", "'none'"}
    page = _Page(answer.text)
    assert (page.language, page.elsewhere) == ("zh-CN", set())
    assert not page.tags & {"script", "style", "img", "iframe"}
    assert page.targets <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


async def test_what_the_pages_load_is_there(api: Api) -> None:
    assert (await api.get("/docs/style.css")).headers["content-type"].startswith("text/css")
    assert (await api.get("/docs/icon.svg")).headers["content-type"] == "image/svg+xml"
    assert "url(" not in (await api.get("/docs/style.css")).text
    assert (await api.get("/openapi.json")).json() == document(ROUTES)


async def test_the_reference_shows_every_operation_schema_and_refusal(api: Api) -> None:
    text = (await api.get("/docs")).text
    page = _Page(text)
    every = operations(DESCRIPTION)
    assert {one.id for one in every} <= page.targets
    assert {f"schema-{name}" for name in COMPONENTS} <= set(page.ids)
    for one in every:
        assert f"<code>{one.path}</code>" in text
        for _, code, _ in refusals(one):
            assert f'href="/problems/{code}"' in text


def test_the_refusals_of_an_operation_are_read_whole() -> None:
    book = next(one for one in operations(document(examples.ROUTES)) if one.path == "/api/owner/v1/visits")
    told = {(status, code) for status, code, _ in refusals(book)}
    assert {("401", "unauthenticated"), ("429", "too_many_requests")} <= told
    assert all(sentence == known_kinds()[code].sentence for _, code, sentence in refusals(book))


def _untold(model: str, fields: dict[str, Any]) -> list[str]:
    return [f"{model}.{name}" for name, schema in fields.items() if not words.told(model, name, schema)]


def test_every_field_capability_and_parameter_is_told_in_chinese() -> None:
    models = [(schema.get("title", ""), schema.get("properties", {})) for schema in COMPONENTS.values()]
    untold = [one for model, fields in models for one in _untold(model, fields)]
    for one in operations(DESCRIPTION):
        untold += _untold(one.id, {parameter["name"]: parameter for parameter in one.plain["parameters"]})
        untold += [] if one.capability in words.CAPABILITIES else [one.capability]
    assert not untold, "give the field a Chinese description, or a word in miniprogram_api/words.json"


@pytest.mark.parametrize("name", BODIES)
def test_the_body_shown_as_an_example_is_one_the_door_takes(name: str) -> None:
    route = BODIES[name]
    operation = DESCRIPTION["paths"][route.template][route.method.lower()]
    shown = Samples(COMPONENTS).of(operation["requestBody"]["content"]["application/json"]["schema"])
    assert route.endpoint.body
    route.endpoint.body.model_validate_json(orjson.dumps(shown))


def test_an_example_of_a_model_inside_itself_ends() -> None:
    node = {
        "properties": {"inner": {"items": {"$ref": "#/x/Node"}, "type": "array"}},
        "title": "Node",
        "type": "object",
    }
    assert Samples({"Node": node}).of({"$ref": "#/x/Node"}) == {"inner": []}


def test_the_reference_escapes_what_it_shows() -> None:
    description = document(examples.ROUTES)
    visits = description["paths"]["/api/owner/v1/visits"]["post"]
    visits["summary"] = visits["description"] = "<script>alert(1)</script>"
    assert "<script>" not in render(description) + contents(description)


async def test_a_refusal_tells_where_it_may_come_from(api: Api) -> None:
    page = await api.get("/problems/questions.already_answered", headers={"Accept": "text/html"})
    assert 'href="/docs#owner.questions.owner.withdraw"' in page.text
    listing = await api.get("/problems")
    for code, kind in known_kinds().items():
        assert f'href="/problems/{code}"' in listing.text
        assert kind.title in listing.text
