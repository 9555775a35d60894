"""Visitors with open days, enterprises that nobody visits yet, and visits at the point where a test begins."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from backend.access import Role
from backend.foundation.clock import SHANGHAI
from tests.console.desk import Desk
from tests.console.owners import Owner, owner

_SHOP: Final = """
SELECT e.id, e.name FROM enterprises e
WHERE e.closed_at IS NULL AND e.status = 'active' AND e.district = '330502'
  AND NOT EXISTS (SELECT FROM visit_parties p WHERE p.enterprise_id = e.id)
  AND NOT EXISTS (SELECT FROM contacts c WHERE c.enterprise_id = e.id)
  AND NOT EXISTS (SELECT FROM contact_plans p WHERE p.enterprise_id = e.id)
  AND NOT EXISTS (SELECT FROM financing_applications a WHERE a.enterprise_id = e.id)
  AND NOT EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = e.id)
ORDER BY random() LIMIT 1
"""
_BIND: Final = """
INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
VALUES (uuidv7(), $1, $2, 'manager', 'active', 'review', now())
"""


@dataclass(frozen=True)
class Visitor:
    """Somebody who visits: `login` opens his console."""

    id: UUID
    login: str
    name: str


@dataclass(frozen=True)
class Shop:
    id: UUID
    name: str


def day(ahead: int) -> date:
    """A day in China, so many days from now."""
    return datetime.now(SHANGHAI).date() + timedelta(days=ahead)


def at(ahead: int, hour: int, minute: int = 0) -> datetime:
    on = day(ahead)
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=SHANGHAI)


async def visitor(desk: Desk, name: str, *ahead: int, role: Role = Role.VISITOR) -> Visitor:
    """Somebody who can be booked from nine to five on these days, whatever the calendar says of them."""
    login = await desk.account(role, name=name)
    staff_id = await desk.database.fetchval("SELECT id FROM staff WHERE login = $1", login)
    async with await desk.client(login) as client:
        for version, one in enumerate(ahead):
            answer = await client.put(
                f"/visit-plan/days/{day(one)}", json={"spans": [[540, 1020]]}, headers={"If-Match": f'"{version}"'}
            )
            answer.raise_for_status()
    return Visitor(staff_id, login, name)


async def shop(desk: Desk) -> Shop:
    """An enterprise in 吴兴 that nobody visited or inspected, that asked for no loan and for whom nobody speaks."""
    row = await desk.database.fetchrow(_SHOP)
    assert row is not None
    return Shop(row["id"], row["name"])


async def shopkeeper(desk: Desk, of: Shop) -> tuple[Owner, UUID]:
    """Somebody who runs an enterprise, and his id."""
    phone = f"1{uuid4().int % 10**10:010d}"
    made = await owner(desk, phone)
    person = await desk.database.fetchval("SELECT id FROM persons ORDER BY created_at DESC LIMIT 1")
    await desk.database.execute(_BIND, person, of.id)
    return made, person


async def requested(desk: Desk, who: Visitor, of: Shop, when: datetime, note: str = "想了解补贴") -> tuple[Owner, str]:
    """What an owner asks for himself, given to somebody whoever the fairest was."""
    keeper, _ = await shopkeeper(desk, of)
    body = {"enterprise_id": str(of.id), "reason": "policy_talk", "place": "on_site", "starts_at": when.isoformat()}
    made = await keeper.send("/visits", {**body, "note": note})
    going = await desk.database.fetchval("SELECT staff_id FROM staff_time WHERE visit_id = $1", UUID(made["id"]))
    if going != who.id:
        await act(desk, await desk.account(Role.MANAGER), str(made["id"]), "reassign", {"staff": [str(who.id)]})
    return keeper, str(made["id"])


async def arranged(desk: Desk, who: Visitor, of: Shop, when: datetime, **more: Any) -> str:
    """What is agreed on the phone for a visitor."""
    manager = await desk.account(Role.MANAGER)
    body = {
        "enterprise_id": str(of.id),
        "reason": "policy_talk",
        "place": "on_site",
        "starts_at": when.isoformat(),
        "channel": "phone",
        "is_agreed": True,
        "note": "想了解用工补贴",
        "staff": [str(who.id)],
        **more,
    }
    async with await desk.client(manager) as client:
        return str((await client.post("/visits", json=body)).raise_for_status().json()["id"])


async def act(desk: Desk, login: str, visit: str, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Do something with a visit as it stands now: confirm, cancel, missing, …"""
    async with await desk.client(login) as client:
        now = (await client.get(f"/visits/{visit}")).raise_for_status()
        answer = await client.post(f"/visits/{visit}/{name}", json=body, headers={"If-Match": now.headers["etag"]})
        answer.raise_for_status()
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told


async def begun(desk: Desk, visit: str, ago: timedelta = timedelta(minutes=30)) -> None:
    """Let a visit have begun a while ago, as only the passing of time would."""
    now = datetime.now(UTC)
    await desk.database.execute(
        "UPDATE visits SET ends_at = $2::timestamptz + (ends_at - starts_at), starts_at = $2 WHERE id = $1",
        UUID(visit),
        now - ago,
    )
    await desk.database.execute(
        "UPDATE staff_time SET during = tstzrange($2, $2::timestamptz + interval '1 hour') WHERE visit_id = $1",
        UUID(visit),
        now - ago,
    )
