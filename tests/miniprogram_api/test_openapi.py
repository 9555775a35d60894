"""The description is valid, true and the committed one."""

import json
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from miniprogram_api.__main__ import main
from miniprogram_api.openapi import answers, document, written
from miniprogram_api.routes import ROUTES
from tests.miniprogram_api import examples

COPY = Path(__file__).parents[2] / "docs" / "openapi.json"


def _valid(description: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(description))).validate()


def test_the_description_is_valid() -> None:
    _valid(document(ROUTES))
    _valid(document(examples.ROUTES))


def test_the_committed_copy_is_the_surface() -> None:
    assert COPY.read_bytes() == written(document(ROUTES)), (
        "renew it: python -m miniprogram_api --openapi > docs/openapi.json"
    )


def test_a_command_is_described_with_its_key_its_refusals_and_its_body() -> None:
    told = document(examples.ROUTES)
    book = told["paths"]["/api/owner/v1/visits"]["post"]
    assert {one["name"]: one["required"] for one in book["parameters"]} == {
        "Idempotency-Key": True,
        "X-Client-Version": False,
    }
    assert book["security"] == [{"owner": []}]
    assert set(book["responses"]) == {"201", "400", "401", "409", "422", "426", "429", "503"}
    assert "examples.taken" in dict(answers(told, book))["409"]["description"]
    schema = book["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Visit"}
    visit = told["components"]["schemas"]["Visit"]
    assert (visit["required"], visit["additionalProperties"]) == (["title"], False)


def test_what_several_operations_refuse_alike_is_told_once() -> None:
    told = document(examples.ROUTES)
    calls = [one for methods in told["paths"].values() for one in methods.values()]
    busy = [one["responses"]["503"] for one in calls if "503" in one["responses"]]
    assert len(busy) > 1
    assert all(one == {"$ref": "#/components/responses/unavailable"} for one in busy)
    assert "`unavailable`" in told["components"]["responses"]["unavailable"]["description"]


def test_an_edit_is_described_with_its_version_and_its_permission() -> None:
    change = document(examples.ROUTES)["paths"]["/api/staff/v1/visits/{visit_id}"]["put"]
    assert change["x-permission"] == "policies.review"
    assert {one["name"] for one in change["parameters"]} == {"visit_id", "If-Match", "X-Csrf-Token"}
    assert {"403", "404", "412", "428"} <= set(change["responses"])


def test_a_list_is_described_with_its_query_and_its_page() -> None:
    listing = document(examples.ROUTES)["paths"]["/api/owner/v1/visits"]["get"]
    limit = next(one for one in listing["parameters"] if one["name"] == "limit")
    assert (limit["schema"]["maximum"], limit["required"]) == (100, False)
    assert listing["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("Page_VisitOut_")


def test_every_operation_has_a_name_of_its_own() -> None:
    operations = [one for methods in document(ROUTES)["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)


def test_the_copy_is_renewed_by_one_command(capfdbinary: Any) -> None:
    assert main(["--openapi"]) == 0
    assert capfdbinary.readouterr().out == written(document(ROUTES))
