"""The page at / as a browser gets it: Chinese, all its own, and what it polls tells of everything on it."""

from html.parser import HTMLParser

import pytest

from tests.sandbox.program import Phone

PAGE_FILES = ("/", "/page/style.css", "/page/page.js", "/page/icon.svg")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.inline = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"}:
            self.inline += data.strip()


@pytest.mark.parametrize("path", PAGE_FILES)
async def test_a_file_of_the_page_allows_nothing_from_elsewhere_and_names_nothing_there(wx: Phone, path: str) -> None:
    answer = await wx.http.get(path)
    assert answer.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy.pop("default-src") == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert set(policy.values()) <= {"'self'", "'none'"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "//" not in answer.text.replace("http://www.w3.org/2000/svg", "").replace("\n//", "").removeprefix("//")


async def test_the_page_is_chinese_and_holds_no_script_or_style_of_its_own(wx: Phone) -> None:
    page = _Page((await wx.http.get("/")).text)
    assert ("html", "lang", "zh-CN") in page.attributes
    assert page.inline == ""
    assert not [one for one in page.attributes if one[1] == "style" or one[1].startswith("on")]
    loaded = {value for tag, name, value in page.attributes if tag in {"script", "link"} and name in {"src", "href"}}
    assert loaded == set(PAGE_FILES) - {"/"}


async def test_what_the_page_polls_tells_of_messages_taps_faults_and_calls(wx: Phone) -> None:
    openid = await wx.sign_in()
    await wx.subscribe(openid)
    await wx.send(openid)
    await wx.post("/control/faults", {"path": "*", "errcode": 45009, "times": 1})
    state = await wx.get("/control/page")
    (owner,) = state["owners"]
    (message,) = owner["messages"]
    assert message["title"] == "政策匹配提醒"
    assert {"name": "政策名称", "value": "社保补贴"} in message["fields"]
    assert [permit["credits"] for permit in owner["permits"]] == [0]
    assert state["faults"][0]["errcode"] == 45009
    assert state["calls"][0]["path"] == "/cgi-bin/message/subscribe/send"
    assert (state["owners_total"], state["messages_total"]) == (1, 1)
    assert (await wx.get("/control/page", q="nobody"))["owners"] == []


async def test_the_page_finds_an_owner_by_name(wx: Phone) -> None:
    await wx.sign_in("老王")
    await wx.sign_in("小李")
    assert [owner["name"] for owner in (await wx.get("/control/page", q="老王"))["owners"]] == ["老王"]
