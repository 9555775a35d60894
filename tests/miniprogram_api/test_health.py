"""Alive, ready, measured."""

from dataclasses import replace

import httpx
import pytest
from prometheus_client import REGISTRY

from backend import runtime
from backend.foundation import db
from backend.gateways.redis import connect
from backend.runtime import Runtime
from miniprogram_api.health import internal_app, readiness
from tests.miniprogram_api.examples import A
from tests.support.api import Api, Lifespan


async def test_alive_is_for_everybody_ready_and_metrics_are_not(api: Api) -> None:
    assert (await api.get("/healthz")).json() == {"alive": True}
    assert (await api.get("/readyz")).status_code == 404
    assert (await api.get("/metrics")).status_code == 404


async def test_the_internal_listener_tells_readiness_and_metrics(running: Runtime) -> None:
    app = internal_app("internal-test")
    async with (
        Lifespan(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://internal") as client,
    ):
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "faults": {}, "degraded": {}})
        assert "wuwei_http_requests_total" in (await client.get("/metrics")).text


async def test_without_redis_the_service_is_degraded_but_ready(
    running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = connect("redis://127.0.0.1:9/0")
    monkeypatch.setattr(runtime, "_current", [replace(running, redis=away)])
    found = await readiness()
    await away.aclose()
    assert (found.as_plain()["ready"], list(found.degraded)) == (True, ["redis"])


async def test_without_its_migrations_the_service_is_not_ready(running: Runtime) -> None:
    row = await db.fetch_one("DELETE FROM tortoise_migrations WHERE name LIKE '0005%' RETURNING *")
    assert row is not None
    try:
        found = await readiness()
    finally:
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await db.execute(f"INSERT INTO tortoise_migrations VALUES ({places})", *row.values())
    assert "0005_notifications" in found.faults["postgresql"]
    assert (await readiness()).faults == {}


async def test_answers_are_counted_by_the_route_s_template(door: Api) -> None:
    def count(route: str, status: str) -> float:
        labels = {"method": "DELETE", "route": route, "status": status}
        return REGISTRY.get_sample_value("wuwei_http_requests_total", labels) or 0

    template = "/api/owner/v1/visits/{visit_id}"
    before, unmatched = count(template, "204"), count("unmatched", "404")
    for n in range(3):
        await door.delete(f"/api/owner/v1/visits/018f0000-0000-7000-8000-00000000000{n}", headers=A)
        await door.delete(f"/nowhere/{n}")
    assert count(template, "204") == before + 3
    assert count("unmatched", "404") == unmatched + 3
    assert REGISTRY.get_sample_value("wuwei_database_connections", {"state": "open"}) >= 1
