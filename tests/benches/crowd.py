"""People whom messages reach: at the stand-in and in our tables, each with credits; and the stand-in's own ceiling.

The stand-in is spoken to as WeChat is, by whoever does nothing else: what it takes then is the most that anybody can
send. Messages of the ceiling go to people of its own.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import httpx
import orjson

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications import templates
from backend.notifications.kinds import KINDS
from tests.benches.support import House, Load, Program, get, load

SEND: Final = "/cgi-bin/message/subscribe/send"
LEAST: Final = 8_000
"""Messages a second below which the stand-in itself would be what is measured."""
_OTHERS: Final = 500
_ENOUGH: Final = 1_000_000
_PATIENCE: Final = 120.0

_TEMPLATE: Final = "SELECT template_id FROM message_templates WHERE title = $1 AND state = 'live'"


async def reachable(of: House, people: Sequence[UUID], kind: str, credits_each: int) -> list[str]:
    """Give each person an address and credits for a kind's template, on both sides; returns the openids in order."""
    await templates.refresh()
    template_id = await db.fetch_value(_TEMPLATE, KINDS[kind].template)
    openids = _crowd(of, "k", len(people), template_id, credits_each)
    account, moment = runtime.current().settings.wechat_appid, clock.now()
    rows = [(new_id(), person, openid) for person, openid in zip(people, openids, strict=True)]
    columns = ["id", "person_id", "channel", "account", "openid", "created_at", "seen_at"]
    addresses = [(one, person, "subscribe", account, openid, moment, moment) for one, person, openid in rows]
    await db.copy_rows("addresses", columns, addresses)
    columns = ["address_id", "template_id", "balance", "updated_at"]
    await db.copy_rows("credits", columns, [(one, template_id, credits_each, moment) for one, _, _ in rows])
    columns = ["id", "address_id", "template_id", "change", "balance", "reason", "at"]
    proof = [(new_id(), one, template_id, credits_each, credits_each, "popup", moment) for one, _, _ in rows]
    await db.copy_rows("credit_entries", columns, proof)
    for table in ("addresses", "credits", "credit_entries"):
        await db.execute(f"ANALYZE {table}")
    return openids


def _crowd(of: House, prefix: str, count: int, template: str, credits_each: int) -> list[str]:
    asked = {"prefix": prefix, "count": count, "template_ids": [template], "credits_each": credits_each}
    answer = httpx.post(f"{of.sandbox.url}/control/owners/crowd", json=asked, timeout=_PATIENCE)
    return list(answer.raise_for_status().json()["openids"])


def _token(of: House) -> str:
    body = {"grant_type": "client_credential", "appid": of.settings["wechat_appid"]}
    asked = {**body, "secret": of.settings["wechat_secret"], "force_refresh": False}
    answer = httpx.post(f"{of.sandbox.url}/cgi-bin/stable_token", json=asked)
    return str(answer.raise_for_status().json()["access_token"])


class Bare:
    """Sends to people of its own as quickly as it can be done: no database, no rules, the same words every time."""

    def __init__(self, of: House, template: str) -> None:
        """Learn the fields of a template (the stand-in's key of it) and make the people."""
        found = next(one for one in of.sandbox.control("GET", "templates")["items"] if one["key"] == template)
        data = {field["key"]: {"value": field["example"]} for field in found["fields"]}
        self._of = of
        self._path = f"{SEND}?access_token={_token(of)}"
        self._bodies = [
            orjson.dumps({"touser": openid, "template_id": found["id"], "page": "pages/policy/detail", "data": data})
            for openid in _crowd(of, "r", _OTHERS, found["id"], _ENOUGH)
        ]

    def send(self, http: httpx.Client) -> int:
        """Send one message and return its msgid: the stand-in's numbers of later ones are greater."""
        answer = http.post(self._of.sandbox.url + self._path, content=self._bodies[0]).raise_for_status().json()
        if answer["errcode"]:
            raise SystemExit(f"the stand-in refused a message: {answer}")
        return int(answer["msgid"])

    def ceiling(self, seconds: float) -> Load:
        """Send as many as the stand-in takes, by the raw load tool; ends the bench when that is too few."""
        requests = [self._request(body) for body in self._bodies]
        sandbox = Program(int(self._of.sandbox.url.rpartition(":")[2]), self._of.sandbox.process)
        return load(sandbox, requests, seconds=seconds)

    def _request(self, body: bytes) -> str:
        head = get(self._path, **{"Content-Type": "application/json", "Content-Length": str(len(body))})
        return head.replace("GET", "POST", 1) + body.decode()


def check_ceiling(rate: float) -> None:
    """End the bench when the stand-in is too slow to measure anything by it."""
    if rate < LEAST:
        raise SystemExit(
            f"the stand-in took {rate:.0f} messages a second from the raw load tool, less than {LEAST}: "
            "this machine is too busy, or the stand-in too slow, to say anything about the service"
        )


async def until_calls(of: House, number: int, deadline: float) -> None:
    """Wait until the stand-in has had so many calls to send; raises TimeoutError."""
    async with asyncio.timeout(deadline):
        while calls(of) < number:
            await asyncio.sleep(0.1)


def calls(of: House) -> int:
    """Return how many calls to send the stand-in has had, asked so that it hardly costs it anything."""
    told: dict[str, Any] = of.sandbox.control("GET", "calls?path=none")
    return int(told["total"].get(SEND, 0))
