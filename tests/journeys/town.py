"""A small town for journeys: three shops with their owners, staff of every role, the door, the workers and the days."""

import csv
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pyotp

from backend import outbox, staff
from backend.access import SYSTEM, Role
from backend.assembly import OUTBOX_HANDLERS
from backend.consents import text
from backend.enterprises.imports import import_registry
from backend.foundation import clock as clock_module
from backend.foundation.clock import Frozen
from backend.foundation.ids import token
from backend.policies.telling import differences, reminding
from tests.backend.enterprises.builders import code
from tests.support.api import Api
from tests.support.sandbox import Sandbox

OWNER, STAFF, PARTNER = "/api/owner/v1", "/api/staff/v1", "/api/partner/v1"
HEADER = ("统一社会信用代码", "名称", "法定代表人", "联系电话", "主体类型", "成立日期", "行业代码", "属地", "从业人数")


@dataclass
class Person:
    """Somebody at a door, with what his device sends."""

    door: Api
    base: str
    headers: dict[str, str]
    shop: str = ""
    sign_in: Callable[[], Awaitable[dict[str, str]]] | None = None
    id: UUID | None = None

    async def get(self, path: str, **query: str) -> Any:
        answer = await self._request("GET", path, {}, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, path: str, body: Any = None, *, method: str = "POST", version: int | None = None) -> Any:
        answer = await self.tries(path, body, method=method, version=version)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def tries(
        self, path: str, body: Any = None, *, method: str = "POST", version: int | None = None
    ) -> httpx.Response:
        headers = {"Idempotency-Key": token()} | ({} if version is None else {"If-Match": f'"{version}"'})
        return await self._request(method, path, headers, json=body)

    async def _request(self, method: str, path: str, headers: dict[str, str], **sent: Any) -> httpx.Response:
        """Days go by, and sessions end: he signs in again and goes on."""
        answer = await self.door.request(method, f"{self.base}{path}", headers={**self.headers, **headers}, **sent)
        if answer.status_code != 401 or self.sign_in is None:
            return answer
        self.headers = await self.sign_in()
        return await self.door.request(method, f"{self.base}{path}", headers={**self.headers, **headers}, **sent)

    @property
    def mine(self) -> str:
        return f"/enterprises/{self.shop}"

    async def inbox(self) -> list[str]:
        """The kinds of what he was told, oldest first."""
        return [one["kind"] for one in reversed((await self.get("/inbox"))["items"])]

    async def answer_of(self, policy: str) -> str | None:
        items = (await self.get(f"{self.mine}/policies", limit="100"))["items"]
        return next((str(one["answer"]) for one in items if one["id"] == policy), None)


@dataclass
class Town:
    """The running service with everybody in it."""

    door: Api
    sandbox: Sandbox
    clock: Frozen
    owners: dict[str, Person] = field(default_factory=dict)

    async def owner(self, number: int) -> Person:
        """He signs in, verifies his phone and binds his shop, which the registry knows him by."""
        openid = self.sandbox.owner(phone=f"1380000{number:04d}")

        async def sign_in() -> dict[str, str]:
            code = self.sandbox.login_code(openid)
            body = {"code": code, "consent_version": text("privacy").version, "client": "手机"}
            session = await self.door.post(f"{OWNER}/sessions", json=body)
            assert session.status_code == 201, session.text
            return {"Authorization": f"Bearer {session.json()['token']}"}

        person = Person(self.door, OWNER, await sign_in(), sign_in=sign_in)
        await person.send("/phone", {"code": self.sandbox.phone_code(openid)})
        claimed = await person.send("/bindings", {"uscc": code(number), "representative_name": f"店主{number}"})
        assert claimed["state"] == "active"
        (shop,) = (await person.get("/enterprises"))["items"]
        person.shop = shop["id"]
        return person

    async def member(self, login: str, role: Role, base: str = STAFF) -> Person:
        """Somebody of the bureau, or of a bank at the banks' door, signs in with password and one-time code."""
        account = await staff.create_staff(login, login, [role], must_change_password=False)
        secret = parse_qs(urlsplit(account.otpauth_uri).query)["secret"][0]

        async def sign_in() -> dict[str, str]:
            body = {"login": login, "password": account.password, "code": pyotp.TOTP(secret).at(clock_module.now())}
            answer = await self.door.post(f"{base}/sessions", json=body)
            assert answer.status_code == 201, answer.text
            cookie = answer.headers["set-cookie"].partition(";")[0]
            return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}

        return Person(self.door, base, await sign_in(), sign_in=sign_in, id=account.staff_id)

    async def work(self) -> None:
        """What the workers do all the time."""
        for _ in range(20):
            drained = await outbox.drain(OUTBOX_HANDLERS)
            assert drained.failed == 0
            if drained.is_empty:
                return

    async def a_night(self, days: int = 1) -> None:
        """What they do once a night, some days later."""
        self.clock.advance(timedelta(days=days))
        await differences.begin()
        await self.work()
        await reminding.remind()
        await self.work()


async def registry(folder: Path) -> None:
    """Three shops with a chief each: two of long standing, the second one opened last winter."""
    path = folder / "registry.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number, founded in enumerate(("2020-03-01", "2025-11-29", "2021-07-01"), start=1):
            chief = (f"店主{number}", f"1380000{number:04d}")
            writer.writerow(
                (code(number), f"湖州演示{number}号店", *chief, "个体工商户", founded, "6210", "吴兴区", "3")
            )
    assert (await import_registry(path, actor=SYSTEM)).bad == 0
