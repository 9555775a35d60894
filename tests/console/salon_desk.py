"""Salons with their seats and sign-ups at the point where a test begins, arranged by the API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backend.access import Role
from tests.console.desk import Desk
from tests.console.owners import Owner
from tests.console.visit_desk import Shop, at, day, shopkeeper

WUXING: Final = "330502"
_SHOPS: Final = """
SELECT e.id, e.name FROM enterprises e
WHERE e.closed_at IS NULL AND e.status = 'active' AND e.district = $2
  AND NOT EXISTS (SELECT FROM salon_signups s WHERE s.enterprise_id = e.id)
  AND NOT EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = e.id)
ORDER BY random() LIMIT $1
"""
_EXPLAINED: Final = """
INSERT INTO salon_no_shows (signup_id, noted_at, lowers_until, explanation, explained_at)
VALUES ($1, now(), now() + interval '90 days', $2, now())
ON CONFLICT (signup_id) DO UPDATE SET explanation = EXCLUDED.explanation, explained_at = EXCLUDED.explained_at
"""
_BACK: Final = """
UPDATE salons SET starts_at = starts_at - $2::interval, ends_at = ends_at - $2::interval,
    opens_at = opens_at - $2::interval, closes_at = closes_at - $2::interval, state = $3
WHERE id = $1
"""


def hall(seats: int, **given: Any) -> dict[str, Any]:
    return {"title": "现场席位", "way": "hall", "seats": seats, **given}


def online(seats: int, **given: Any) -> dict[str, Any]:
    return {"title": "线上席位", "way": "online", "seats": seats, **given}


def content(*quotas: dict[str, Any], ahead: int = 14, **given: Any) -> dict[str, Any]:
    """An afternoon so many days from now for which one can sign up already."""
    return {
        "title": "首违不罚讲解",
        "topic": "policy",
        "intro": "讲清哪些情形依法可以不予处罚。",
        "organisers": ["市市场监管局"],
        "district": WUXING,
        "address": "市民服务中心三楼",
        "starts_at": at(ahead, 14).isoformat(),
        "ends_at": at(ahead, 16).isoformat(),
        "opens_at": at(-1, 9).isoformat(),
        "closes_at": at(ahead, 12).isoformat(),
        "quotas": list(quotas) or [hall(20)],
        **given,
    }


async def editor(desk: Desk, name: str = "沈沙龙") -> str:
    """Somebody who writes salons and runs them."""
    return await desk.account(Role.PUBLISHER, name=name)


async def drafted(desk: Desk, login: str, *quotas: dict[str, Any], **given: Any) -> str:
    """Write a draft as somebody; returns its id."""
    async with await desk.client(login) as client:
        answer = await client.post("/salons", json=content(*quotas, **given))
        return str(answer.raise_for_status().json()["id"])


async def act(desk: Desk, login: str, salon: str, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Do something with a salon as it stands now: publish, close, cancel, archive."""
    async with await desk.client(login) as client:
        now = (await client.get(f"/salons/{salon}")).raise_for_status()
        answer = await client.post(f"/salons/{salon}/{name}", json=body, headers={"If-Match": now.headers["etag"]})
        told: dict[str, Any] = answer.raise_for_status().json()
        return told


async def published(desk: Desk, login: str, *quotas: dict[str, Any], **given: Any) -> str:
    """A salon for which one can sign up; returns its id."""
    salon = await drafted(desk, login, *quotas, **given)
    await act(desk, login, salon, "publish")
    return salon


async def shops(desk: Desk, count: int, district: str = WUXING) -> list[Shop]:
    """Enterprises of a district, as many, that have come to no salon and for which nobody speaks."""
    rows = await desk.database.fetch(_SHOPS, count, district)
    assert len(rows) == count
    return [Shop(row["id"], row["name"]) for row in rows]


async def signed_up(desk: Desk, login: str, salon: str, of: Shop, **given: Any) -> dict[str, Any]:
    """Sign somebody of an enterprise up on the phone; returns what the desk is told."""
    body = {"enterprise_id": str(of.id), "channel": "phone", "attendee": "张三", "waits": True, **given}
    async with await desk.client(login) as client:
        told: dict[str, Any] = (await client.post(f"/salons/{salon}/signups", json=body)).raise_for_status().json()
        return told


async def comes(desk: Desk, salon: str, of: Shop, **given: Any) -> tuple[Owner, str]:
    """Let an owner sign up himself; returns him and his sign-up."""
    keeper, _ = await shopkeeper(desk, of)
    body = {"enterprise_id": str(of.id), "waits": True, **given}
    made = await keeper.send(f"/salons/{salon}/signups", body)
    return keeper, str(made["id"])


async def missed(desk: Desk, signup: str, why: str) -> None:
    """Let somebody have stayed away from a salon that was held, and say why."""
    await desk.database.execute("UPDATE salon_signups SET state = 'no_show' WHERE id = $1", UUID(signup))
    await desk.database.execute(_EXPLAINED, UUID(signup), why)


async def begun(desk: Desk, salon: str, ago: timedelta = timedelta(minutes=30)) -> None:
    """Let a salon have begun a while ago, as only the passing of time would: sign-ups are closed then."""
    await _back(desk, salon, ago, "closed")


async def held(desk: Desk, salon: str, on: date | None = None) -> None:
    """Let a salon have been yesterday's afternoon, or another day's; who had a seat and was not scanned stays so."""
    on = on or day(-1)
    ago = datetime.now(UTC) - datetime(on.year, on.month, on.day, 6, tzinfo=UTC)
    await _back(desk, salon, ago, "held")


async def _back(desk: Desk, salon: str, ago: timedelta, state: str) -> None:
    starts_at = await desk.database.fetchval("SELECT starts_at FROM salons WHERE id = $1", UUID(salon))
    by = starts_at - (datetime.now(UTC) - ago)
    await desk.database.execute(_BACK, UUID(salon), by, state)
