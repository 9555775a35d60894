"""Pictures: asked about one by one, settled by WeChat's push, whichever comes first, it or our own note."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import files, moderation
from backend.access import Actor, ActorKind
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.moderation import checking
from backend.runtime import Runtime
from tests.backend.moderation.people import check_all, state_of, submit, visitor
from tests.support.sandbox import Sandbox

PATH = "/wxa/media_check_async"
PDF = b"%PDF-1.7\n%%EOF\n"


def _told(trace_id: str, suggest: str = "pass", *, errcode: object = 0, form: str = "json") -> dict[str, Any]:
    label: object = 100 if suggest == "pass" else 20001
    as_text = str if form == "xml" else (lambda value: value)
    return {
        "trace_id": trace_id,
        "version": 2,
        "errcode": as_text(errcode),
        "errmsg": "ok",
        "result": {"suggest": suggest, "label": as_text(label)},
    }


async def _asked(running: Runtime, sandbox: Sandbox, pictures: int = 1) -> tuple[UUID, list[str]]:
    """Hand over pictures and have WeChat asked; returns the thing and the traces."""
    owner = await visitor(running, sandbox)
    actor = Actor(ActorKind.OWNER, owner)
    photos = [(await files.store(actor, "licence_photo", "a.pdf", PDF)).id for _ in range(pictures)]
    thing = await submit(owner, files=tuple(photos))
    await check_all()
    return thing, [row["trace_id"] for row in await db.fetch("SELECT trace_id FROM moderation_parts ORDER BY position")]


@pytest.fixture(autouse=True)
def _silent(sandbox: Sandbox) -> None:
    """The stand-in's own pushes go nowhere: the tests bring theirs."""
    sandbox.control("PATCH", "settings", media_fetch=False)


@pytest.mark.parametrize(("suggest", "state"), [("pass", "passed"), ("review", "held"), ("risky", "held")])
@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_push_settles_its_picture(
    connected: Runtime, sandbox: Sandbox, suggest: str, state: str, form: str
) -> None:
    thing, (trace,) = await _asked(connected, sandbox)
    assert await state_of(thing) == "waiting"
    for _ in range(2):
        await moderation.pushed(_told(trace, suggest, form=form))
    assert await state_of(thing) == state


async def test_all_pictures_must_pass(connected: Runtime, sandbox: Sandbox) -> None:
    thing, traces = await _asked(connected, sandbox, pictures=3)
    for trace in traces[:2]:
        await moderation.pushed(_told(trace))
    assert await state_of(thing) == "waiting"
    await moderation.pushed(_told(traces[2]))
    assert await state_of(thing) == "passed"
    assert sandbox.calls(PATH) == 3


async def test_a_push_that_is_quicker_than_our_note_counts(
    connected: Runtime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, settle = [], checking.settle

    async def slowly(answers: Any) -> None:
        for one in answers:
            answered.append(one.trace_id)
            await moderation.pushed(_told(one.trace_id))
        await settle(answers)

    monkeypatch.setattr(checking, "settle", slowly)
    thing, _ = await _asked(connected, sandbox)
    assert answered
    assert await state_of(thing) == "passed"


async def test_a_push_and_a_note_that_missed_each_other_meet_in_the_sweep(connected: Runtime, sandbox: Sandbox) -> None:
    thing, (trace,) = await _asked(connected, sandbox)
    await db.execute("INSERT INTO moderation_verdicts VALUES ($1, 0, 'pass', 100, now())", trace)
    assert await state_of(thing) == "waiting"
    await moderation.catch_up()
    assert await state_of(thing) == "passed"


async def test_no_verdict_in_its_time_comes_to_staff_and_a_late_one_changes_nothing(
    connected: Runtime, sandbox: Sandbox, clock: Frozen
) -> None:
    thing, (trace,) = await _asked(connected, sandbox)
    clock.advance(timedelta(minutes=31))
    assert await moderation.give_up_unanswered() == 0
    clock.advance(timedelta(minutes=10))
    assert await moderation.give_up_unanswered() == 1
    assert await state_of(thing) == "held"
    await moderation.pushed(_told(trace))
    assert await state_of(thing) == "held"


async def test_a_picture_that_wechat_could_not_fetch_is_asked_about_again_but_not_for_ever(
    connected: Runtime, sandbox: Sandbox, clock: Frozen
) -> None:
    thing, (trace,) = await _asked(connected, sandbox)
    for _ in range(2):
        await moderation.pushed(_told(trace, "review", errcode=-1008))
        assert await state_of(thing) == "waiting"
        clock.advance(timedelta(minutes=1))
        await check_all()
        trace = await db.fetch_value("SELECT trace_id FROM moderation_parts")
    await moderation.pushed(_told(trace, "review", errcode=-1008))
    assert await state_of(thing) == "held"


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"trace_id": ""},
        {"trace_id": ["x"], "result": "pass"},
        {"isrisky": 0, "status_code": 0},
        {"result": {"suggest": "pass"}, "errcode": "x" * 50},
        {"result": {"suggest": None, "label": 10**30}},
        {"result": {"suggest": "PASS "}},
    ],
)
async def test_a_push_that_is_no_clear_pass_is_none(connected: Runtime, sandbox: Sandbox, odd: dict[str, Any]) -> None:
    thing, (trace,) = await _asked(connected, sandbox)
    await moderation.pushed({"trace_id": trace, **odd})
    assert await state_of(thing) in {"waiting", "held"}


async def test_a_picture_that_its_owner_took_back_is_not_passed(connected: Runtime, sandbox: Sandbox) -> None:
    thing, (trace,) = await _asked(connected, sandbox)
    async with db.transaction():
        await moderation.withdraw("tests", [thing])
    await moderation.pushed(_told(trace))
    assert await state_of(thing) == "withdrawn"


async def test_the_link_that_wechat_gets_is_signed_and_opens_long_enough(
    connected: Runtime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    links: list[str] = []
    judge = type(connected.wechat).judge_image

    async def noted(self: Any, openid: str, url: str, scene: int) -> str:
        links.append(url)
        return await judge(self, openid, url, scene)

    monkeypatch.setattr(type(connected.wechat), "judge_image", noted)
    await _asked(connected, sandbox)
    (link,) = links
    assert link.startswith(f"{connected.settings.public_url}/api/public/v1/files/")
    query = dict(part.split("=", 1) for part in link.split("?")[1].split("&"))
    file_id = UUID(link.split("/")[-1].split("?")[0])
    assert (await files.follow(file_id, int(query["expires"]), query["signature"], {})).id == file_id
    assert timedelta(hours=1) <= checking.LINK_VALID
