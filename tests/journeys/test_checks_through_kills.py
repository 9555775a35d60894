"""Questions are asked while whoever has them checked is killed: each is one case or waits for staff, none is lost."""

import asyncio
import random
import secrets
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx

from backend.consents import text
from tests.backend.questions.askers import CATEGORY, picture
from tests.support.killable import PATIENCE, WORKERS, Killable, killable
from tests.support.sizes import EFFORT

KILLS: Final = {"quick": 2, "normal": 3, "thorough": 30}[EFFORT]
OWNERS: Final = 3
TEXTS: Final = ("稳岗补贴怎么申请？", "开分店要不要换照？", "请看看这个【待审】", "加微信领钱【违规】")
TWINS: Final = {"quick": 40, "normal": 200, "thorough": 200}[EFFORT]
SLOW: Final = 300
"""Milliseconds by which WeChat's answer comes after it has judged: kills fall between the verdict and our row."""

_WAITING: Final = "SELECT count(*) AS n FROM questions WHERE state = 'checking'"
_UNDER_WAY: Final = "SELECT count(*) AS n FROM moderation_parts WHERE next_at IS NOT NULL"
# A dead worker's lease of a minute goes by for the rows, not for us.
_LET_TIME_PASS: Final = "UPDATE moderation_parts SET next_at = next_at - interval '1 minute' WHERE state = 'waiting'"
_ENDED: Final = """
SELECT q.number, q.state, q.text, count(c.id) AS cases, min(c.number) AS case_number,
       (SELECT count(*) FROM question_photos p WHERE p.question_id = q.id) AS photos,
       (SELECT count(*) FROM case_files f WHERE f.case_id = min(c.id::text)::uuid) AS files
FROM questions q LEFT JOIN cases c ON c.origin = 'questions' AND c.origin_id = q.id GROUP BY q.id
"""


def _until(done: Any, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def _is_up(service: Killable) -> bool:
    try:
        return httpx.get(f"{service.api_url}/healthz", timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False


class _Owner:
    """One who has signed in, at a door that may be killed under him."""

    def __init__(self, service: Killable, number: int) -> None:
        openid = service.control("POST", "owners", phone=f"1380000{number:04d}")["openid"]
        code = service.control("POST", f"owners/{openid}/login-code")["code"]
        self._door = f"{service.api_url}/api/owner/v1"
        body = {"code": code, "consent_version": text("privacy").version, "client": "手机"}
        token = httpx.post(f"{self._door}/sessions", json=body, timeout=PATIENCE).raise_for_status().json()["token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def _post(self, path: str, **sent: Any) -> Any:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        answer = httpx.post(self._door + path, headers={**self.headers, **key}, timeout=PATIENCE, **sent)
        return answer.raise_for_status().json()

    def ask(self, words: str, *, with_photo: bool) -> None:
        sent = {"file": ("a.png", picture(), "image/png")}
        photos = [self._post("/files?purpose=question_photo", files=sent)["id"]] if with_photo else []
        self._post("/questions", json={"category": CATEGORY, "text": words, "photos": photos})


async def _twins(service: Killable, owner: _Owner) -> set[str]:
    """Send one question many times at once, as an impatient phone does; returns the numbers that were answered."""
    headers = {**owner.headers, "Idempotency-Key": secrets.token_hex(8)}
    body = {"category": CATEGORY, "text": "只问一次"}
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=service.api_url, timeout=PATIENCE, limits=limits) as client:
        tries = (client.post("/api/owner/v1/questions", json=body, headers=headers) for _ in range(TWINS))
        answers = await asyncio.gather(*tries)
    assert {answer.status_code for answer in answers} == {201}
    return {answer.json()["number"] for answer in answers}


async def test_checks_live_through_kills(tmp_path: Path) -> None:
    chance = random.Random()
    with killable(tmp_path, questions_per_day=100, owner_requests_per_minute=10_000) as service:
        service.environment["WUWEI_PUBLIC_URL"] = service.api_url
        service.run("operations.main", "migrate")
        _until(service.answers, "the stand-in")
        for call in ("/wxa/msg_sec_check", "/wxa/media_check_async"):
            rule = {"path": call, "delay_ms": SLOW}
            service.http.post("faults", json=rule).raise_for_status()
        service.begin()
        _until(lambda: _is_up(service), "the API")
        owners = [_Owner(service, number) for number in range(OWNERS)]
        numbers = await _twins(service, owners[0])
        for number in range(KILLS):
            for words in TEXTS:
                owners[number % OWNERS].ask(words, with_photo=number % 3 == 0)
            time.sleep(chance.uniform(0.2, 1.2))
            service.kill(WORKERS[number % 2])
            await service.ask(_LET_TIME_PASS)
        rows = await _settled(service)
    assert len(numbers) == 1
    asked = Counter(row["text"] for row in rows)
    assert asked == Counter({**dict.fromkeys(TEXTS, KILLS), "只问一次": 1})
    for row in rows:
        is_clean = "【" not in row["text"]
        assert (row["state"], row["cases"]) == (("received", 1) if is_clean else ("held", 0)), dict(row)
        if is_clean:
            assert (row["case_number"], row["files"]) == (row["number"], row["photos"])


async def _settled(service: Killable) -> list[Any]:
    """Wait until every question has come to a case or to staff, and every picture to its verdict."""
    end = time.monotonic() + PATIENCE
    await asyncio.sleep(2 * SLOW / 1000)  # what a live worker asks about meanwhile is its own
    await service.ask(_LET_TIME_PASS)
    while True:
        service.tend()
        waiting = [(await service.ask(sql))[0]["n"] for sql in (_WAITING, _UNDER_WAY)]
        if waiting == [0, 0]:
            return await service.ask(_ENDED)
        assert time.monotonic() < end, (waiting, service.said())
        await asyncio.sleep(0.5)
