"""A salon's mini-program code: drawn once, kept for a while; what WeChat refuses is said in words."""

import pytest

from backend.access import SYSTEM, Role
from backend.foundation.ids import new_id
from backend.salons import codes
from backend.salons.errors import CodeNotDrawn, PageNotReleased, SalonUnknown
from tests.backend.cases.people import clerk
from tests.backend.salons.people import hall, published
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("connected", "clock")

DRAW = "/wxa/getwxacodeunlimit"


async def test_a_code_is_drawn_once_and_is_each_salons_own(sandbox: Sandbox) -> None:
    one, other = await published(hall(1)), await published(hall(1))
    drawn = await codes.drawn(one, actor=SYSTEM)
    assert drawn.startswith(b"\x89PNG")
    assert await codes.drawn(one, actor=SYSTEM) == drawn
    assert sandbox.calls(DRAW) == 1
    assert await codes.drawn(other, actor=SYSTEM) != drawn


async def test_a_page_that_is_not_released_is_told_and_nothing_is_kept(sandbox: Sandbox) -> None:
    salon_id = await published(hall(1))
    sandbox.control("PATCH", "settings", live_pages=["pages/index"])
    with pytest.raises(PageNotReleased):
        await codes.drawn(salon_id, actor=SYSTEM)
    sandbox.control("PATCH", "settings", live_pages=["pages/index", "pages/salons/detail"])
    assert (await codes.drawn(salon_id, actor=SYSTEM)).startswith(b"\x89PNG")


async def test_a_quota_used_up_is_told_in_words(sandbox: Sandbox) -> None:
    salon_id = await published(hall(1))
    sandbox.fault(path=DRAW, errcode=45009)
    with pytest.raises(CodeNotDrawn) as refused:
        await codes.drawn(salon_id, actor=SYSTEM)
    assert "当日微信接口调用次数已用完" in refused.value.detail


async def test_who_does_not_see_a_salon_gets_no_code_of_it() -> None:
    salon_id = await published(hall(1), district="330502")
    for actor, wanted in ((await clerk(Role.PUBLISHER, districts=("330503",)), salon_id), (SYSTEM, new_id())):
        with pytest.raises(SalonUnknown):
            await codes.drawn(wanted, actor=actor)
