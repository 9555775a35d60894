"""Looking at pages: gently, no further than it must, and never into our own network."""

import asyncio
from collections.abc import AsyncIterator
from socket import AddressFamily

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from backend.foundation import db
from backend.foundation.db import CalledInsideTransaction
from backend.gateways import web as gateway
from backend.gateways.addresses import is_public
from backend.gateways.web import AiohttpWeb, Answer, PublicOnly, Web, open_web
from tests.support.site import Site, open_site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with open_web(may_be_private=True) as opened:
        yield opened


@pytest.fixture
async def outside() -> AsyncIterator[Web]:
    async with open_web() as opened:
        yield opened


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404, 410, 429, 500, 503])
async def test_a_page_answers_with_its_status(site: Site, web: Web, status: int) -> None:
    assert await web.look(f"{site.url}/status/{status}") == Answer(status)


async def test_a_head_that_is_well_is_enough(site: Site, web: Web) -> None:
    await web.look(f"{site.url}/page#part")
    assert site.methods("/page") == ["HEAD"]


async def test_where_a_head_is_refused_the_page_is_asked_for(site: Site, web: Web) -> None:
    assert await web.look(f"{site.url}/headless") == Answer(200)
    assert site.methods("/headless") == ["HEAD", "GET"]


async def test_five_redirects_are_followed_and_no_more(site: Site, web: Web) -> None:
    assert await web.look(f"{site.url}/hops/5") == Answer(200)
    assert await web.look(f"{site.url}/hops/6") == Answer(None, "redirects")
    assert await web.look(f"{site.url}/loop") == Answer(None, "redirects")
    assert len(site.methods("/loop")) == 2 * (gateway.REDIRECTS + 1)


async def test_a_huge_body_is_not_read(site: Site, web: Web) -> None:
    assert await web.look(f"{site.url}/huge") == Answer(200)
    await asyncio.sleep(0.1)
    assert site.sent < 20 * 1024 * 1024


async def test_a_page_that_does_not_answer_in_time(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "SECONDS", 0.1)
    assert await web.look(f"{site.url}/slow") == Answer(None, "timeout")


async def test_nobody_at_home(site: Site, web: Web) -> None:
    assert await web.look(f"{site.url}/closes") == Answer(None, "no_connection")
    assert await web.look("http://127.0.0.1:9/") == Answer(None, "no_connection")
    assert (await web.look(f"{site.url.replace('http', 'https')}/")).problem in {"certificate", "no_connection"}


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "http:///x", "file:///etc/passwd", "http://[::1", "http://example.org:99999/", "x"]
)
async def test_what_is_no_page_is_told_so(web: Web, url: str) -> None:
    assert (await web.look(url)).problem == "bad_address"


async def test_a_redirect_to_another_scheme_is_no_page(site: Site, web: Web) -> None:
    assert await web.look(f"{site.url}/away?to=file:///etc/passwd") == Answer(None, "bad_address")


async def test_no_call_inside_a_transaction(database: str, web: Web) -> None:
    async with db.transaction():
        with pytest.raises(CalledInsideTransaction):
            await web.look("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0x7f.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254",
     "10.0.0.1", "192.168.1.1", "[fe80::1]", "[fd00::1]", "224.0.0.1", "100.64.0.1"],
)  # fmt: skip
async def test_our_own_network_is_not_looked_at(site: Site, outside: Web, host: str) -> None:
    port = site.url.rsplit(":", 1)[-1]
    assert await outside.look(f"http://{host}:{port}/") == Answer(None, "private_address")
    assert site.asked == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "127.0.0.1.", "0177.0.0.1"])
async def test_half_an_address_is_none(site: Site, outside: Web, host: str) -> None:
    port = site.url.rsplit(":", 1)[-1]
    assert (await outside.look(f"http://{host}:{port}/")).problem in {"bad_address", "private_address"}
    assert site.asked == []


class _Names(AbstractResolver):
    """Answers for every name: the first time an address on the open web, then one at home."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        address = self.answers.pop(0)
        return [ResolveResult(hostname=host, host=address, port=port, family=AddressFamily.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        self.answers.clear()


async def test_a_name_that_leads_home_is_not_followed(site: Site) -> None:
    connector = aiohttp.TCPConnector(resolver=PublicOnly(_Names("127.0.0.1", "127.0.0.1")), use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        looked = AiohttpWeb(session, may_be_private=False)
        assert await looked.look(f"http://example.org:{site.url.rsplit(':', 1)[-1]}/") == Answer(
            None, "private_address"
        )
    assert site.asked == []


async def test_a_redirect_home_is_not_followed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    port = site.url.rsplit(":", 1)[-1]
    connector = aiohttp.TCPConnector(resolver=_Names("127.0.0.1", "127.0.0.1"), use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        looked = AiohttpWeb(session, may_be_private=False)  # the name itself leads to the site, its redirect home
        told = await looked.look(f"http://example.org:{port}/away?to=http://127.0.0.1:{port}/secret")
    assert told == Answer(None, "private_address")
    assert site.methods("/secret") == []


@pytest.mark.parametrize("address", ["fec0::1", "192.0.0.8", "::ffff:192.0.0.8", "fe80::1%1", "no address"])
def test_what_is_nobody_s_on_the_open_web_is_no_part_of_it(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1"])
def test_the_open_web_is_open(address: str) -> None:
    assert is_public(address)
