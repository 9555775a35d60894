"""Texts: only a clear "pass" lets them through; everything else waits for staff, and nobody waits for ever."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import moderation, outbox
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.moderation import checking, submitting
from backend.moderation.submitting import LONGEST, OVERLAP
from backend.outbox import Handler
from backend.runtime import Runtime
from tests.backend.moderation.people import ORIGIN, Heard, check_all, person, state_of, submit, visitor
from tests.support.sandbox import Sandbox

PATH = "/wxa/msg_sec_check"
_PART = "SELECT p.* FROM moderation_parts p JOIN moderation_subjects s ON s.id = p.subject_id WHERE s.origin_id = $1"


async def _nobody(_outcomes: object) -> None:
    """Nobody else listens."""


def _handlers(heard: Heard) -> dict[str, Handler]:
    return dict(moderation.handlers({ORIGIN: heard}, _nobody))


async def _why(origin_id: UUID) -> str:
    why: str = await db.fetch_value("SELECT why FROM moderation_subjects WHERE origin_id = $1", origin_id)
    return why


async def test_what_passes_is_told_once_and_its_copy_goes(connected: Runtime, sandbox: Sandbox) -> None:
    heard, asked = Heard(), await submit(await visitor(connected, sandbox), "开店要办什么证？")
    assert await state_of(asked) == "waiting"
    await check_all()
    assert await state_of(asked) == "passed"
    for _ in range(2):
        await outbox.drain(_handlers(heard))
    assert heard.states(asked) == ["passed"]
    assert await db.fetch_value("SELECT count(*) FROM moderation_words") == 0
    assert sandbox.calls(PATH) == 1


@pytest.mark.parametrize(("mark", "why"), [("【违规】", "risky"), ("【待审】", "review")])
async def test_what_is_doubtful_or_bad_waits_for_staff(
    connected: Runtime, sandbox: Sandbox, mark: str, why: str
) -> None:
    asked = await submit(await visitor(connected, sandbox), f"你好{mark}")
    await check_all()
    assert (await state_of(asked), await _why(asked)) == ("held", why)
    assert await db.fetch_value("SELECT body FROM moderation_words") == f"你好{mark}"


async def test_one_doubtful_piece_holds_the_whole(connected: Runtime, sandbox: Sandbox) -> None:
    asked = await submit(await visitor(connected, sandbox), "好" * 3000 + "【违规】", "好的")
    await check_all()
    assert sandbox.calls(PATH) == 3
    assert await state_of(asked) == "held"
    states = [row["state"] for row in await db.fetch(_PART, asked)]
    assert sorted(states) == ["held", "passed", "passed"]


async def test_whoever_was_not_here_lately_or_has_no_openid_is_looked_at_by_staff(
    connected: Runtime, sandbox: Sandbox
) -> None:
    gone = await submit(await person(connected, sandbox.owner()), "你好")
    sandbox.control("PATCH", "settings", visit_needed=True)
    sandbox.fault(path=PATH, errcode=61010, times=1)
    counter = await submit(await person(connected), "你好")
    await check_all()
    assert (await state_of(gone), await _why(gone)) == ("held", "failed")
    assert await db.fetch_value(f"SELECT errcode FROM ({_PART})", gone) == 61010
    assert (await state_of(counter), await _why(counter)) == ("held", "no_openid")
    assert sandbox.calls(PATH) == 1


@pytest.mark.parametrize("rule", [{"errcode": 45011}, {"abort": True}, {"http_status": 502}, {"errcode": 40001}])
async def test_what_may_pass_off_is_asked_again_and_then_passes(
    connected: Runtime, sandbox: Sandbox, clock: Frozen, rule: dict[str, object]
) -> None:
    asked = await submit(await visitor(connected, sandbox), "你好")
    sandbox.fault(path=PATH, times=2, **rule)
    for _ in range(6):
        await check_all()
        clock.advance(timedelta(seconds=90))
    assert await state_of(asked) == "passed"


async def test_what_does_not_pass_off_comes_to_staff_within_a_quarter_of_an_hour(
    connected: Runtime, sandbox: Sandbox, clock: Frozen
) -> None:
    asked = await submit(await visitor(connected, sandbox), "你好")
    sandbox.fault(path=PATH, http_status=503)
    begun = clock.now()
    while await state_of(asked) == "waiting":
        await check_all()
        clock.advance(timedelta(seconds=61))
        assert clock.now() - begun < checking.TRIED_FOR + timedelta(minutes=3)
    assert (await state_of(asked), await _why(asked)) == ("held", "failed")
    assert sandbox.calls(PATH) < 40


async def test_a_quota_that_is_used_up_holds_at_once(connected: Runtime, sandbox: Sandbox) -> None:
    asked = await submit(await visitor(connected, sandbox), "你好")
    sandbox.fault(path=PATH, errcode=45009)
    await check_all()
    assert await state_of(asked) == "held"
    assert await db.fetch_value("SELECT count(*) FROM alerts WHERE kind = 'channel_quota'") == 1


async def test_a_worker_that_died_before_its_row_leaves_the_piece_to_the_next(
    connected: Runtime, sandbox: Sandbox, clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await submit(await visitor(connected, sandbox), "你好")

    async def dies(_answers: object) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as patch:
        patch.setattr(checking, "settle", dies)
        with pytest.raises(ConnectionAbortedError):
            await moderation.check()
    assert await moderation.check() == 0  # the lease of the dead one
    clock.advance(checking.LEASE)
    await check_all()
    assert await state_of(asked) == "passed"
    assert sandbox.calls(PATH) == 2


async def test_the_answer_of_one_whose_lease_ended_counts_for_nothing(
    connected: Runtime, sandbox: Sandbox, clock: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await submit(await visitor(connected, sandbox), "你好")
    late: list[object] = []

    async def keeps(answers: list[object]) -> None:
        late.extend(answers)

    with monkeypatch.context() as patch:
        patch.setattr(checking, "settle", keeps)
        await moderation.check()
    clock.advance(checking.LEASE)
    sandbox.control("PATCH", "settings", text_verdict="risky")
    await moderation.check()
    assert await state_of(asked) == "held"
    await checking.settle(late)  # type: ignore[arg-type]
    assert await state_of(asked) == "held"


async def test_what_is_taken_back_is_not_asked_about(connected: Runtime, sandbox: Sandbox) -> None:
    asked = await submit(await visitor(connected, sandbox), "你好")
    async with db.transaction():
        assert len(await moderation.withdraw(ORIGIN, [asked])) == 1
        assert await moderation.withdraw(ORIGIN, [asked]) == []
    await check_all()
    assert (await state_of(asked), sandbox.calls(PATH)) == ("withdrawn", 0)
    assert await db.fetch_value("SELECT over_at IS NOT NULL FROM moderation_words")


async def test_something_to_check_is_handed_over_where_it_is_stored(running: Runtime) -> None:
    with pytest.raises(ValueError, match="in the transaction"):
        await moderation.submit(
            ORIGIN, await person(running), moderation.Content(["x"]), person_id=await person(running)
        )


@given(st.text("好的呀", max_size=9_000))
def test_the_pieces_of_a_text_cover_it_and_what_is_cut_stands_whole_in_one(text: str) -> None:
    pieces = list(submitting.cut(text))
    assert all(0 < len(piece) <= LONGEST for piece in pieces)
    assert "".join(piece if n == 0 else piece[OVERLAP:] for n, piece in enumerate(pieces)) == text
