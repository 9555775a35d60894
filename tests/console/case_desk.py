"""Matters that are taken down at the counter and claimed by their owners, for tests of how they are handled."""

import secrets
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from httpx import HTTPStatusError

from backend.access import Role
from tests.console.desk import Desk
from tests.console.owners import Owner, owner

CITATION: Final = {"source": "law", "words": "促进个体工商户发展条例第三十二条"}


async def taken_down(desk: Desk, login: str, title: str, **more: Any) -> str:
    """Register a matter for the demo's enterprise as a clerk who takes it on himself does; returns its id."""
    shop = await desk.database.fetchval("SELECT id FROM enterprises WHERE uscc = $1", desk.demo.uscc)
    body = {
        "category": "help_operation",
        "title": title,
        "text": f"{title}：店里情况如此，请问怎样办理？",
        "channel": "counter",
        "enterprise_id": str(shop),
        "take": True,
        **more,
    }
    async with await desk.client(login) as client:
        return str((await client.post("/cases", json=body)).raise_for_status().json()["id"])


async def claimed(desk: Desk, case: str) -> Owner:
    """Let somebody claim a matter with the receipt that he was given; he follows it from then on."""
    clerk = await desk.account(Role.FRONT_DESK)
    async with await desk.client(clerk) as client:
        receipt = (await client.post(f"/cases/{case}/receipt")).raise_for_status().json()
    person = await owner(desk, f"1{secrets.randbelow(10**10):010d}")
    await person.send("/cases/claim", {"number": receipt["number"], "code": receipt["code"]})
    return person


async def act(desk: Desk, login: str, case: str, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Do something with a matter as it stands now: accept, answer, ask, …; again where a worker came between."""
    async with await desk.client(login) as client:
        while True:
            now = (await client.get(f"/cases/{case}")).raise_for_status()
            answer = await client.post(f"/cases/{case}/{name}", json=body, headers={"If-Match": now.headers["etag"]})
            if answer.status_code != HTTPStatus.PRECONDITION_FAILED:
                break
        answer.raise_for_status()
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told


async def assigned(desk: Desk, case: str, login: str) -> None:
    """Let a superior give a matter to somebody, who has not accepted it yet; the clock may have come before him."""
    staff_id = await desk.database.fetchval("SELECT id FROM staff WHERE login = $1", login)
    superior = await desk.account(Role.MANAGER, name="何主管")
    try:
        await act(desk, superior, case, "assign", {"staff_id": str(staff_id)})
    except HTTPStatusError as error:
        if error.response.status_code != HTTPStatus.CONFLICT or error.response.json()["code"] != "cases.has_it_already":
            raise


async def answered(desk: Desk, login: str, case: str) -> None:
    await act(desk, login, case, "answer", {"text": "可以申报，材料见附件。", "citations": [CITATION]})


async def hurried(desk: Desk, case: str, **columns: Any) -> None:
    """Set columns that only the passing of time would."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
    await desk.database.execute(f"UPDATE cases SET {sets} WHERE id = $1", UUID(case), *columns.values())
