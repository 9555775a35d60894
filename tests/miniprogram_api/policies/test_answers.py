"""Answers over HTTP: a question from asking to its effect, feedback to the paused push, and how wrong input is told."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from backend.access import Actor, Role
from backend.access.actor import ActorKind
from backend.foundation import clock, db
from backend.foundation.ids import token
from backend.policies.editing.versions import Handled
from backend.runtime import Runtime
from miniprogram_api.auth import STAFF_COOKIE
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import leaf, owner, published
from tests.support.api import Api, serve
from tests.support.matrix import CSRF, World, authenticators
from tests.support.sizes import scaled

STAFF = "/api/staff/v1/policies"
SECRET = "271828.1828"


class Shop:
    """An enterprise with its manager, and the door that knows him."""

    def __init__(self, door: Api, world: World, shop: UUID) -> None:
        self.door, self.world, self.id = door, world, shop
        self.path = f"/api/owner/v1/enterprises/{shop}"

    async def get(self, path: str) -> httpx.Response:
        return await self.door.get(f"{self.path}{path}", headers=_as(self.world.owner))

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {**_as(self.world.owner), "Idempotency-Key": key or token()}
        return await self.door.post(f"{self.path}{path}", json=body, headers=headers)

    async def delete(self, path: str) -> httpx.Response:
        return await self.door.delete(f"{self.path}{path}", headers=_as(self.world.owner))


def _as(actor: Actor) -> dict[str, str]:
    if actor.kind is ActorKind.OWNER:
        return {"Authorization": f"Bearer {actor.id}"}
    return {"Cookie": f"{STAFF_COOKIE}={actor.id}", "X-CSRF-Token": CSRF}


@pytest.fixture
async def shop(running: Runtime) -> AsyncIterator[Shop]:
    made = await enterprise(1, founded_on=clock.today() - timedelta(days=30))
    world = World(running)
    world.owner = await owner(made)
    many = {"owner_requests_per_minute": 1_000_000, "address_requests_per_minute": 1_000_000}
    settings = running.settings.model_copy(update=many)
    async with serve(running, settings=settings, authenticators=authenticators(world)) as door:
        yield Shop(door, world, made)


async def test_a_question_is_asked_answered_and_asked_no_more(shop: Shop) -> None:
    done = await published("小微贷款", leaf("revenue_wan", "le", 500))
    asked = (await shop.get("/question")).json()["question"]
    assert (asked["fact"], asked["unit"], asked["settles"]) == ("revenue_wan", "万元", 1)
    assert asked["policies"] == [{"id": str(done.id), "title": "小微贷款"}]
    told = await shop.post("/question/answer", {"fact": "revenue_wan", "value": 300.5})
    assert told.json() == {"yes": [{"id": str(done.id), "title": "小微贷款"}], "no": [], "still_open": 0}
    assert (await shop.get("/question")).json() == {"question": None}


async def test_a_question_may_be_put_off(shop: Shop) -> None:
    await published(rule=leaf("revenue_wan", "le", 500))
    told = await shop.post("/question/put-off", {"fact": "revenue_wan", "how": "later"})
    assert told.json() == {"fact": "revenue_wan", "until": (clock.today() + timedelta(days=30)).isoformat()}
    assert (await shop.get("/question?own_wish=true")).json() == {"question": None}


async def test_a_sensitive_value_used_once_is_in_no_table_and_no_log(
    shop: Shop, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    done = await published("利厚", leaf("taxable_income_wan", "gt", 300))
    asked = (await shop.get("/question")).json()["question"]
    assert (asked["is_sensitive"], asked["can_be_used_once"]) == (True, True)
    headers = _as(shop.world.owner)
    path = f"{shop.path}/question/try"
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        good = await shop.door.post(path, json={"fact": "taxable_income_wan", "value": SECRET}, headers=headers)
        bad = await shop.door.post(path, json={"fact": "taxable_income_wan", "value": f"{SECRET}万"}, headers=headers)
    assert [one["id"] for one in good.json()["yes"]] == [str(done.id)]
    assert (bad.status_code, bad.json()["code"]) == (422, "enterprises.fact_invalid")
    assert SECRET not in bad.text
    told = capsys.readouterr().out + caplog.text + repr(logs)
    assert ("/question/try" in told, SECRET in told) == (True, False)
    for row in await db.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"):
        found = await db.fetch_value(f"SELECT count(*) FROM {row['name']} t WHERE t::text LIKE $1", f"%{SECRET}%")
        assert found == 0, row["name"]
    for table in ("facts", "idempotency_keys"):
        assert await db.fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_feedback_is_given_read_and_taken_back(shop: Shop) -> None:
    done = await published()
    path = f"/policies/{done.id}/feedback"
    given = await shop.post(path, {"answer": "not_for_me", "clauses": [{"path": "$", "words": "临时工不算"}]})
    assert given.json() == {"answer": "not_for_me", "result": None, "clauses": [{"path": "$", "words": "临时工不算"}]}
    assert (await shop.get(path)).json() == given.json()
    applied = await shop.post(path, {"answer": "applied", "result": "pending"})
    assert applied.json() == {"answer": "applied", "result": "pending", "clauses": []}
    assert (await shop.delete(path)).status_code == 204
    assert (await shop.get(path)).json()["answer"] is None


async def test_a_batch_of_what_was_seen_counts_once(shop: Shop) -> None:
    ids = [str((await published(f"第{number}项")).id) for number in range(3)]
    told = await shop.post("/policies/seen", {"shown": ids, "opened": ids[:1]})
    assert told.json() == {"noted": 3}
    assert (await shop.post("/policies/seen", {"shown": ids})).json() == {"noted": 0}


async def test_reminders_are_asked_for_listed_and_taken_back(shop: Shop) -> None:
    until = clock.today() + timedelta(days=60)
    done = await published(rule={"not": leaf("founded_on", "within", {"years": 1})}, apply_until=until)
    path = f"/policies/{done.id}/reminders"
    told = (await shop.post(f"{path}/closing", {})).json()
    assert (told["kind"], told["days_before"], told["due_on"]) == ("closing", 7, str(until - timedelta(days=7)))
    late = await shop.post(f"{path}/reached")
    assert (late.status_code, late.json()["code"]) == (409, "policies.not_by_time")
    assert [one["title"] for one in (await shop.get("/reminders")).json()["items"]] == ["小店减费"]
    assert [(await shop.delete(f"{path}/closing")).status_code for _ in range(2)] == [204, 404]
    assert (await shop.get("/reminders")).json() == {"items": []}


WRONG: tuple[tuple[str, Any, str], ...] = (
    ("/question/answer", {"fact": "revenue_wan", "value": "三百"}, "revenue_wan"),
    ("/question/answer", {"fact": "revenue_wan", "value": {"a": [1]}}, "revenue_wan"),
    ("/question/answer", {"fact": "revenue_wan", "value": -1}, "revenue_wan"),
    ("/question/answer", {"fact": "revenue_wan", "value": "a\x00"}, "value"),
    ("/question/answer", {"fact": "revenue_wan", "value": 10**30}, "value"),
    ("/question/answer", {"fact": "revenue_wan"}, "value"),
    ("/question/answer", {"fact": "no_such", "value": 1}, "no_such"),
    ("/question/answer", {"fact": "", "value": 1}, "fact"),
    ("/question/answer", {"fact": 7, "value": 1}, "fact"),
    ("/question/try", {"fact": "revenue_wan", "value": 1}, "fact"),
    ("/question/try", {"fact": "owner_group", "value": "富豪"}, "owner_group"),
    ("/question/put-off", {"fact": "revenue_wan", "how": "never"}, "how"),
    ("/policies/seen", {}, ""),
    ("/policies/seen", {"shown": ["x"]}, "shown.0"),
    ("/policies/seen", {"shown": [str(UUID(int=n)) for n in range(51)]}, "shown"),
    (
        "/policies/seen",
        {"shown": [str(UUID(int=n)) for n in range(30)], "opened": [str(UUID(int=n)) for n in range(30)]},
        "",
    ),
    ("/policies/{policy}/feedback", {"answer": "maybe"}, "answer"),
    ("/policies/{policy}/feedback", {"answer": "not_for_me"}, "clauses"),
    ("/policies/{policy}/feedback", {"answer": "not_for_me", "clauses": [{"path": "$.all[9]"}]}, "clauses.0.path"),
    (
        "/policies/{policy}/feedback",
        {"answer": "not_for_me", "clauses": [{"path": "$", "words": "长" * 201}]},
        "clauses.0.words",
    ),
    ("/policies/{policy}/feedback", {"answer": "applied", "result": "won"}, "result"),
    ("/policies/{policy}/reminders/closing", {"days_before": 0}, "days_before"),
    ("/policies/{policy}/reminders/closing", {"days_before": 31}, "days_before"),
    ("/policies/{policy}/reminders/closing", {"days_before": "7"}, "days_before"),
)


async def test_wrong_input_is_told_by_place(shop: Shop) -> None:
    done = await published()
    for path, body, where in WRONG:
        answer = await shop.post(path.format(policy=done.id), body)
        assert answer.status_code == 422, (path, body, answer.text)
        assert where in [one["path"] for one in answer.json()["fields"]], (path, body, answer.text)


async def test_what_is_not_there_is_404(shop: Shop) -> None:
    nowhere = f"/policies/{UUID(int=7)}"
    answers = [
        await shop.post(f"{nowhere}/feedback", {"answer": "fits"}),
        await shop.get(f"{nowhere}/feedback"),
        await shop.delete(f"{nowhere}/feedback"),
        await shop.post(f"{nowhere}/reminders/closing", {}),
        await shop.post(f"{nowhere}/reminders/reached"),
        await shop.delete(f"{nowhere}/reminders/reached"),
    ]
    assert [one.status_code for one in answers] == [404] * 6


async def test_twins_of_one_answer_leave_one_answer(shop: Shop) -> None:
    done = await published()
    key = token()
    sent = [shop.post(f"/policies/{done.id}/feedback", {"answer": "fits"}, key) for _ in range(scaled(200))]
    answers = await asyncio.gather(*sent)
    assert {one.status_code for one in answers} == {200}
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'policies.answered'") == 1


async def test_staff_find_what_was_paused_see_why_and_let_it_go_on(shop: Shop) -> None:
    done = await published()
    await _everybody_says_no(done)
    reviewer, writer = _as(shop.world.staff[Role.REVIEWER]), _as(shop.world.staff[Role.PUBLISHER])
    (found,) = (await shop.door.get(f"{STAFF}/precision?paused=true", headers=writer)).json()["items"]
    assert (found["title"], found["precision_percent"], found["answers"]) == ("小店减费", 0, 30)
    told = (await shop.door.get(f"{STAFF}/{done.id}/precision", headers=writer)).json()
    assert [(one["text"], one["not_for_me"]) for one in told["clauses"]] == [("从业人数不超过10人", 30)]
    path = f"{STAFF}/{done.id}/resume-pushes"
    assert (await shop.door.post(path, json={"reason": " "}, headers=reviewer)).status_code == 422
    assert (await shop.door.post(path, json={"reason": "已核对"}, headers=writer)).status_code == 403
    assert (await shop.door.post(path, json={"reason": "已核对"}, headers=reviewer)).json()["id"] == str(done.id)
    assert (await shop.door.get(f"{STAFF}/precision?paused=true", headers=writer)).json()["items"] == []
    again = await shop.door.post(path, json={"reason": "已核对"}, headers=reviewer)
    assert (again.status_code, again.json()["code"]) == (409, "policies.pushes_not_paused")


async def _everybody_says_no(policy: Handled) -> None:
    """Thirty enterprises that said so before, and the pause that came of it, straight by SQL."""
    version = await db.fetch_value("SELECT id FROM policy_versions WHERE policy_id = $1", policy.id)
    for number in range(2, 32):
        made = await enterprise(number)
        await db.execute(
            "INSERT INTO policy_feedback (version_id, enterprise_id, answer, answered_at)"
            " VALUES ($1, $2, 'not_for_me', now())",
            version,
            made,
        )
        await db.execute(
            "INSERT INTO policy_misfits (version_id, enterprise_id, path, said_at) VALUES ($1, $2, '$', now())",
            version,
            made,
        )
    await db.execute("UPDATE policy_versions SET pushes_paused_at = now() WHERE id = $1", version)
