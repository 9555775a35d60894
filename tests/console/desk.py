"""The whole system behind a browser: `wuwei run` with its demo data, and members of staff made as a test needs them."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import pyotp

from backend.access import Role
from backend.foundation.secrets import hash_token
from operations.demo import Demo, kept
from tests.support.installed import Running

PASSWORD: Final = "Console-pass-1"
WITHIN: Final = 60.0
"""Seconds in which the API answers and a worker has done what it does by itself, on a machine with much to do."""
# the demo's people: who writes, who reviews, who leads, who keeps the accounts
DEMO: Final = ("jingban", "fuhe", "zhuren", "anquan")

_STAFF: Final = """
INSERT INTO staff (id, login, name, password_hash, must_change_password, totp_secret, created_at)
SELECT $1, $2, $3, password_hash, FALSE, '', $4 FROM staff LIMIT 1
"""
_GRANT: Final = "INSERT INTO staff_grants (id, staff_id, role, districts, granted_at) VALUES ($1, $2, $3, $4, $5)"
_SESSION: Final = """
INSERT INTO staff_sessions (id, staff_id, token_hash, csrf_hash, created_at, seen_at, client)
VALUES ($1, $2, $3, $4, $5, $5, 'test')
"""


@dataclass(frozen=True)
class Session:
    """A session as a browser holds it."""

    id: UUID
    token: str
    csrf: str


@dataclass(frozen=True)
class Newcomer:
    """An account as the security administrator hands it over; `code()` is what the authenticator shows."""

    id: UUID
    login: str
    password: str
    secret: str
    recovery_codes: tuple[str, ...]

    def code(self) -> str:
        return pyotp.TOTP(self.secret).now()


class Desk:
    """A running installation, its database, and the address of its console."""

    def __init__(self, running: Running, database: asyncpg.Pool, demo: Demo) -> None:
        self.running, self.database, self.demo = running, database, demo
        self.api, self.url = running.api, f"{running.api}/console"

    async def account(self, *roles: Role, name: str = "", districts: tuple[str, ...] = ()) -> str:
        """Make a member of staff with these roles and return his login; he signs in by `session` alone."""
        login, now, staff_id = f"u{secrets.token_hex(6)}", datetime.now(UTC), uuid4()
        await self.database.execute(_STAFF, staff_id, login, name or "、".join(roles) or "无角色", now)
        for role in roles:
            await self.database.execute(_GRANT, uuid4(), staff_id, role.value, list(districts), now)
        return login

    async def session(self, login: str, *, age: timedelta = timedelta(0)) -> Session:
        """Open a session as a finished sign-in does, for tests that are not about signing in."""
        made = Session(uuid4(), secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        staff_id = await self.database.fetchval("SELECT id FROM staff WHERE login = $1", login)
        hashes = hash_token(made.token), hash_token(made.csrf)
        await self.database.execute(_SESSION, made.id, staff_id, *hashes, datetime.now(UTC) - age)
        return made

    async def client(self, login: str) -> httpx.AsyncClient:
        """A member of staff's way to the API without a browser, to arrange what a page then shows."""
        session = await self.session(login)
        headers = {"Cookie": f"wuwei_staff={session.token}", "X-CSRF-Token": session.csrf}
        return httpx.AsyncClient(base_url=f"{self.api}/api/staff/v1", headers=headers, timeout=WITHIN)

    async def newcomer(self, *roles: Role) -> Newcomer:
        """An account made through the API, which must choose a password of its own first."""
        body = {"login": f"n{secrets.token_hex(6)}", "name": "新来的", "grants": [{"role": one.value} for one in roles]}
        async with await self.client("anquan") as keeper:
            told: dict[str, Any] = (await keeper.post("/staff", json=body)).raise_for_status().json()
        secret = pyotp.parse_uri(told["otpauth_uri"]).secret
        return Newcomer(UUID(told["staff_id"]), told["login"], told["password"], secret, tuple(told["recovery_codes"]))

    async def settled(self, newcomer: Newcomer) -> Newcomer:
        """The same account after its first password was changed."""
        sql = "UPDATE staff SET must_change_password = FALSE WHERE id = $1"
        await self.database.execute(sql, newcomer.id)
        return newcomer

    async def aged(self, session: Session, by: timedelta) -> None:
        """Let a session have been left alone for a time, as far as the server knows."""
        sql = "UPDATE staff_sessions SET seen_at = seen_at - $2::interval WHERE id = $1"
        await self.database.execute(sql, session.id, by)

    async def idle(self, session: Session) -> timedelta:
        """How long a session has been left alone."""
        idle = await self.database.fetchval("SELECT now() - seen_at FROM staff_sessions WHERE id = $1", session.id)
        assert isinstance(idle, timedelta)
        return idle

    async def alarm(self) -> None:
        """Let something be wrong with the system."""
        await self.database.execute(
            "INSERT INTO alerts (id, kind, key, severity, opened_at, last_at) "
            "VALUES (uuidv7(), 'channel_paused', 'subscribe', 'critical', now(), now()) ON CONFLICT DO NOTHING"
        )

    async def notice(self, login: str, title: str, *, link: str = "/policies", body: str = "请及时办理。") -> None:
        """Put an entry into somebody's inbox, as the notifications do."""
        await self.database.execute(
            "INSERT INTO staff_notices (id, staff_id, kind, title, body, link, created_at, once) "
            "SELECT uuidv7(), id, 'policy_review_wanted', $2, $3, $4, now(), $5 FROM staff WHERE login = $1",
            login,
            title,
            body,
            link,
            secrets.token_hex(8),
        )


def demo_of(running: Running) -> Demo:
    demo = kept(running.installation)
    assert demo is not None, json.dumps(running.told)
    return demo
