"""The console's files as the door serves them: policy, caching, compression, and nothing outside the build."""

import gzip
from pathlib import Path

import pytest

from miniprogram_api import console
from tests.support.api import Api

INDEX = '<!doctype html><script type="module" src="/console/assets/index-abc.js"></script>'
SCRIPT = "export const told = '工作台';\n" * 50


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build; beside it lies what nobody may read."""
    folder = tmp_path / "console"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    script = folder / "assets" / "index-abc.js"
    script.write_text(SCRIPT, encoding="utf-8")
    script.with_name("index-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    monkeypatch.setattr(console, "BUILT", folder)
    return folder


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/notices", "/console/policies/0199c0de?tab=rule"])
async def test_every_address_of_the_console_shows_its_page(api: Api, folder: Path, path: str) -> None:
    answer = await api.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_the_policy_lets_in_nothing_from_elsewhere(api: Api, folder: Path) -> None:
    policy = (await api.get("/console/")).headers["content-security-policy"]
    parts = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert parts["default-src"] == ["'self'"]
    assert parts["frame-ancestors"] == parts["base-uri"] == parts["object-src"] == ["'none'"]
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_a_page_that_is_known_is_not_sent_again(api: Api, folder: Path) -> None:
    tag = (await api.get("/console/")).headers["etag"]
    answer = await api.get("/console/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_a_hashed_file_is_kept_for_ever_and_sent_compressed(api: Api, folder: Path) -> None:
    answer = await api.get("/console/assets/index-abc.js", headers={"Accept-Encoding": "br, gzip"})
    assert answer.text == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert "javascript" in answer.headers["content-type"]
    plain = await api.get("/console/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert (plain.text, plain.headers.get("content-encoding")) == (SCRIPT, None)


@pytest.mark.parametrize(
    "path",
    [
        "/console/assets/gone-123.js",
        "/console/robots.txt",
        "/console/..%2fsecret.txt",
        "/console/%2e%2e/secret.txt",
        "/console/assets/..%2f..%2fsecret.txt",
        "/console/%00.txt",
        "/console//etc/passwd.txt",
    ],
)
async def test_nothing_outside_the_build_is_served(api: Api, folder: Path, path: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_a_new_build_is_seen_without_a_restart(api: Api, folder: Path) -> None:
    assert (await api.get("/console/")).text == INDEX
    (folder / "index.html").write_text("<!doctype html>", encoding="utf-8")
    assert (await api.get("/console/")).text == "<!doctype html>"


async def test_without_a_build_the_page_says_how_to_make_one(
    api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(console, "BUILT", tmp_path / "none")
    answer = await api.get("/console/notices")
    assert answer.status_code == 404
    for words in ("工作台尚未构建", "Node 20.19", "make console"):
        assert words in answer.text
