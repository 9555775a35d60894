"""The main job as its people live it, on a really running `wuwei run`: the tour of the README, step by step."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGKILL
from typing import Any

import httpx
import pytest

from operations.demo import FOR_THE_TOUR, Demo, current_code, kept
from tests.support.installed import PATIENCE, Running, free_ports

OWNER = "demo-zhang"


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = Running(tmp_path / "data", free_ports(3))
    yield started
    started.end(SIGKILL)


def _owner(running: Running) -> httpx.Client:
    """An owner signs in with a sandbox code; the client carries his token."""
    client = httpx.Client(base_url=f"{running.api}/api/owner/v1", timeout=PATIENCE)
    answer = client.post("/sessions", json={"code": OWNER, "consent_version": "2026-11"})
    assert answer.status_code in {200, 201}, answer.text
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client


def _claims(owner: httpx.Client, demo: Demo) -> str:
    """He verifies his phone, binds his shop by its code, and gets its id."""
    assert owner.post("/phone", json={"code": f"phone-{demo.phone}"}).status_code == 200
    claim = {"uscc": demo.uscc, "representative_name": demo.representative}
    answer = owner.post("/bindings", json=claim, headers={"Idempotency-Key": "claim-the-shop"})
    assert answer.json()["state"] == "active", answer.text
    (enterprise,) = owner.get("/enterprises").json()["items"]
    return str(enterprise["id"])


def _allows_messages(running: Running) -> None:
    tap = {"template_ids": ["policy_pushed"]}
    httpx.post(f"{running.sandbox}/control/owners/{OWNER}/subscribe", json=tap, timeout=PATIENCE).raise_for_status()


def _reviewer(running: Running, demo: Demo) -> httpx.Client:
    """The second person signs in with password and one-time code; cookie and CSRF token stay in the client."""
    client = httpx.Client(base_url=f"{running.api}/api/staff/v1", timeout=PATIENCE)
    login = next(one for one in demo.logins if one.login == "fuhe")
    code = current_code(running.installation, login.login)
    answer = client.post("/sessions", json={"login": login.login, "password": login.password, "code": code})
    assert answer.status_code in {200, 201}, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


def _publishes(reviewer: httpx.Client) -> str:
    (policy,) = reviewer.get("/policies", params={"state": "in_review"}).json()["items"]
    assert policy["number"] == FOR_THE_TOUR
    version = {"If-Match": f'"{policy["version"]}"'}
    answer = reviewer.post(f"/policies/{policy['id']}/publish", json={}, headers=version)
    assert answer.status_code == 200, answer.text
    return str(policy["id"])


def _soon(read: Callable[[], list[Any]]) -> list[Any]:
    deadline = time.monotonic() + PATIENCE
    while not (found := read()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _clauses(node: Any) -> list[dict[str, Any]]:
    """The leaves of an explanation: each condition with its verdict and citation."""
    if isinstance(node, list):
        return [clause for part in node for clause in _clauses(part)]
    if not isinstance(node, dict):
        return []
    return [node] if "citation" in node else _clauses(list(node.values()))


def test_a_policy_is_published_and_its_owner_reads_why_it_fits(running: Running, opened: ExitStack) -> None:
    demo = kept(running.installation)
    assert demo is not None
    owner = _owner(running)
    opened.callback(owner.close)
    enterprise = _claims(owner, demo)
    _allows_messages(running)

    reviewer = _reviewer(running, demo)
    opened.callback(reviewer.close)
    policy = _publishes(reviewer)

    def phone() -> list[Any]:
        return list(
            httpx.get(f"{running.sandbox}/control/messages", params={"openid": OWNER}, timeout=PATIENCE).json()["items"]
        )

    (message,) = _soon(phone)
    assert "个体工商户经营所得" in str(message)
    (entry,) = owner.get("/inbox").json()["items"]
    assert demo.enterprise[:8] in entry["body"]
    assert policy in entry["page"]

    detail = owner.get(f"/enterprises/{enterprise}/policies/{policy}").json()
    assert detail["answer"] == "yes"
    clauses = _clauses(detail["why"])
    assert clauses
    assert all(clause["citation"]["document"] for clause in clauses)
    assert "个体工商户" in str(clauses)
    feed = owner.get(f"/enterprises/{enterprise}/policies", params={"limit": 100}).json()["items"]
    assert policy in {item["id"] for item in feed if item["answer"] == "yes"}
