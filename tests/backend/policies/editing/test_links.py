"""Dead links: looked for gently, called dead only after days, told to staff and to readers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.paging import WrongCursor
from backend.gateways import web as gateway
from backend.gateways.web import Answer, Web, open_web
from backend.policies import service
from backend.policies.editing import links
from tests.backend.policies.people import DESK, OPERATOR, REVIEWER, published
from tests.support.site import Site, open_site

pytestmark = pytest.mark.usefixtures("running", "clock")

DAY = timedelta(days=1, seconds=1)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with open_web(may_be_private=True) as opened:
        yield opened


class _Noted:
    """Looks at nothing and notes what it was asked for; `delay` seconds a page."""

    def __init__(self, answer: Answer, delay: float = 0) -> None:
        self.answer, self.delay = answer, delay
        self.asked: list[str] = []

    async def look(self, url: str) -> Answer:
        self.asked.append(url)
        await asyncio.sleep(self.delay)
        return self.answer


def _link(url: str) -> dict[str, str]:
    return {"title": "网页", "url": url}


async def _naming(*urls: str, title: str = "小店减费", **given: Any) -> Any:
    done = await published(title, links=[_link(url) for url in urls], **given)
    await links.collect()
    return done


async def _row(url: str) -> dict[str, Any]:
    row = await db.fetch_one("SELECT * FROM policy_links WHERE url = $1", url)
    assert row is not None
    return dict(row)


async def _shown() -> list[str | None]:
    told = await db.fetch_value(f"SELECT {links.MARKED}::text FROM policy_versions v")
    return [one["warning"] for one in orjson.loads(told)]


async def test_a_page_that_answers_is_looked_at_once_a_day(site: Site, web: Web, clock: Frozen) -> None:
    await _naming(f"{site.url}/a")
    assert await links.check(web) == 1
    assert await links.check(web) == 0
    clock.advance(DAY)
    assert await links.check(web) == 1
    assert len(site.asked) == 2
    assert (await _row(f"{site.url}/a"))["status"] == 200


async def test_it_takes_three_days_to_be_dead_and_one_answer_to_live(site: Site, web: Web, clock: Frozen) -> None:
    url = f"{site.url}/page"
    site.planned["/page"] = [404] * 6
    done = await _naming(url, f"{site.url}/well")
    for look in range(3):
        assert await _shown() == [None, None]
        await links.check(web, spacing=0)
        assert (await _row(url))["failures"] == look + 1
        clock.advance(DAY)
    assert await _shown() == [links.WARNING, None]
    (found,), following = await links.dead(DESK, cursor=None, limit=10)
    assert (found["url"], found["status"], found["problem"], following) == (url, 404, "gone", None)
    assert found["policies"] == [{"id": str(done.id), "number": done.number, "edition": 1, "title": "小店减费"}]
    await links.check(web, spacing=0)
    assert (await links.dead(DESK, cursor=None, limit=10))[0] == []
    assert await _shown() == [None, None]


async def test_a_failure_in_between_does_not_add_up(site: Site, web: Web, clock: Frozen) -> None:
    url = f"{site.url}/page"
    site.planned["/page"] = [500, 500, 500, 500, 200, 500, 500, 500, 500]  # HEAD and GET of each failing look
    await _naming(url)
    failures = []
    for _ in range(5):
        await links.check(web)
        failures.append((await _row(url))["failures"])
        clock.advance(DAY)
    assert failures == [1, 2, 0, 1, 2]
    assert (await _row(url))["dead_since"] is None


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/status/500", "server_error"),
        ("/status/410", "gone"),
        ("/loop", "redirects"),
        ("/closes", "no_connection"),
        ("/slow", "timeout"),
        ("/huge", ""),
        ("/headless", ""),
        ("/hops/5", ""),
        ("/status/401", ""),
        ("/status/429", ""),
    ],
)
async def test_what_counts_as_an_answer(
    site: Site, web: Web, monkeypatch: pytest.MonkeyPatch, path: str, problem: str
) -> None:
    monkeypatch.setattr(gateway, "SECONDS", 0.2)
    await _naming(site.url + path)
    await links.check(web)
    assert (await _row(site.url + path))["problem"] == problem


async def test_one_host_is_asked_in_turn_with_time_between_and_never_for_all_at_once(site: Site, web: Web) -> None:
    await _naming(*(f"{site.url}/{number}" for number in range(5)))
    assert await links.check(web, spacing=0.1) == links.A_HOST
    moments = [moment for _, _, moment in site.asked]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(moments))
    assert await links.check(web, spacing=0) == 5 - links.A_HOST


async def test_hosts_are_asked_side_by_side() -> None:
    await _naming(*(f"https://host{number}.example.org/" for number in range(10)))
    noted = _Noted(Answer(200), delay=0.2)
    begun = asyncio.get_running_loop().time()
    assert await links.check(noted) == 10
    assert asyncio.get_running_loop().time() - begun < 1


async def test_two_runs_never_ask_one_host_at_once() -> None:
    await _naming(*(f"https://example.org/{number}" for number in range(6)), "https://other.example.org/")
    noted = _Noted(Answer(200), delay=0.1)
    counts = await asyncio.gather(*(links.check(noted, spacing=0) for _ in range(5)))
    assert sorted(counts) == [0, 0, 0, 0, links.A_HOST + 1]
    assert len(noted.asked) == len(set(noted.asked)) == links.A_HOST + 1


async def test_a_run_that_has_taken_long_begins_no_more_and_gives_the_rest_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(links, "BEGINS", 0.05)
    await _naming("https://example.org/1", "https://example.org/2")
    noted = _Noted(Answer(200), delay=0.1)
    assert await links.check(noted, spacing=0) == 1
    assert await links.check(noted, spacing=0) == 1
    assert len(set(noted.asked)) == 2


async def test_what_a_dead_worker_held_is_looked_at_again(clock: Frozen) -> None:
    await _naming("https://example.org/1")
    assert len(await links._claim()) == 1
    noted = _Noted(Answer(200))
    assert await links.check(noted) == 0
    clock.advance(timedelta(minutes=2))
    assert await links.check(noted) == 1


async def test_pages_of_what_is_over_are_forgotten_and_each_stands_once() -> None:
    done = await _naming("https://example.org/1", "https://example.org/2", sources=[_link("https://example.org/3")])
    await _naming("https://example.org/2", title="另一项")
    rows = await db.fetch("SELECT url, host FROM policy_links ORDER BY url")
    assert [(row["url"][-1], row["host"]) for row in rows] == [(n, "example.org") for n in "123"]
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    await links.collect()
    assert [row["url"][-1] for row in await db.fetch("SELECT url FROM policy_links")] == ["2"]


async def test_hosts_are_told_apart_by_name_and_port() -> None:
    await _naming("https://A.example.org:8443/x", "http://user:pw@b.example.org?x@y", "https://c.example.org#z")
    rows = await db.fetch("SELECT host FROM policy_links ORDER BY host")
    assert [row["host"] for row in rows] == ["a.example.org:8443", "b.example.org", "c.example.org"]


async def test_the_dead_are_listed_by_page(clock: Frozen) -> None:
    urls = [f"https://host{number}.example.org/" for number in range(5)]
    await _naming(*urls)
    for _ in range(3):
        await links.check(_Noted(Answer(None, "no_such_host")))
        clock.advance(DAY)
    seen, cursor = [], None
    for _ in range(3):
        items, cursor = await links.dead(DESK, cursor=cursor, limit=2)
        seen += [one["url"] for one in items]
    assert (sorted(seen), cursor) == (urls, None)
    with pytest.raises(WrongCursor):
        await links.dead(DESK, cursor="x", limit=2)
    with pytest.raises(Forbidden):
        await links.dead(OPERATOR, cursor=None, limit=2)
