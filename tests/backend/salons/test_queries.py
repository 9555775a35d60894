"""The list that staff read: narrowed by the state that it shows, and by words."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.access import SYSTEM
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.salons import queries, service
from backend.salons.states import SalonState
from tests.backend.salons.people import hall, published, written

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _listed(*states: str, words: str | None = None) -> list[dict[str, Any]]:
    nothing: dict[str, Any] = dict.fromkeys(("district", "topic", "series_id", "first", "last", "cursor"))
    page = await queries.listed(SYSTEM, states=list(states), words=words, limit=50, **nothing)
    assert page["count"] == len(page["items"])
    return list(page["items"])


async def _found(words: str) -> set[str]:
    return {one["title"] for one in await _listed(words=words)}


async def test_the_list_is_narrowed_by_the_state_that_it_shows(clock: Frozen) -> None:
    ids: list[UUID] = [(await service.draft(written(hall(1)), actor=SYSTEM)).id]
    ids += [await published(hall(1), opens_at=clock_module.now() + timedelta(days=n)) for n in (-1, 1, 2)]
    ids += [await published(hall(1)) for _ in SalonState]
    for salon_id, state in zip(ids[4:], SalonState, strict=True):
        await db.execute("UPDATE salons SET state = $2 WHERE id = $1", salon_id, state.value)
    shown: list[dict[str, str]] = []
    # The clock's own moves are not made: what is shown goes by the times alone.
    for by in (timedelta(0), timedelta(days=1), timedelta(days=12, hours=23, minutes=30)):
        clock.advance(by)
        told = {str(one["id"]): one["state"] for one in await _listed()}
        for state in SalonState:
            wanted = {one for one, is_in in told.items() if is_in == state}
            assert {str(one["id"]) for one in await _listed(state.value)} == wanted
        for states in (("published", "open"), ("draft", "open", "held"), tuple(SalonState)):
            wanted = {one for one, is_in in told.items() if is_in in states}
            assert {str(one["id"]) for one in await _listed(*states)} == wanted
        shown.append({str(n): told[str(one)] for n, one in enumerate(ids[:4])})
    assert [[one[str(n)] for n in range(4)] for one in shown] == [
        ["draft", "open", "published", "published"],
        ["draft", "open", "open", "published"],
        ["draft", "closed", "closed", "closed"],
    ]


async def test_salons_are_found_by_title_topic_place_and_number() -> None:
    await published(hall(1), title="月饼标签", topic="compliance", address="织里镇文体中心")
    await published(hall(1), title="首贷 100%_讲解", topic="finance", address="市民服务中心")
    assert await _found("标签") == {"月饼标签"}
    assert await _found("织里") == {"月饼标签"}
    assert await _found("融资") == {"首贷 100%_讲解"}
    assert await _found("中心") == {"月饼标签", "首贷 100%_讲解"}
    assert await _found("中心 合规") == {"月饼标签"}
    assert await _found("0%_讲") == {"首贷 100%_讲解"}
    assert await _found("100%讲") == set()
    number = (await _listed(words="月饼"))[0]["number"]
    assert await _found(number.lower()) == {"月饼标签"}
