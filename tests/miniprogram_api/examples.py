"""Endpoints for the tests of the door itself: one for each thing it does."""

import asyncio
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sanic import Request

from backend.access import Actor, Grant, Role
from backend.access.actor import ActorKind
from backend.foundation import clock, db
from backend.foundation.errors import Conflict, Unauthenticated
from backend.foundation.ids import new_id
from miniprogram_api.auth import Auth, bearer, staff_credentials
from miniprogram_api.endpoint import Route, endpoint
from miniprogram_api.reply import Reply, Stream
from miniprogram_api.schema import At, In, Line, Out, Page, PageQuery, Query
from miniprogram_api.uploads import Upload

OWNER_A = Actor(ActorKind.OWNER, UUID(int=0xA), "甲")
OWNER_B = Actor(ActorKind.OWNER, UUID(int=0xB), "乙")
MANAGER = Actor(ActorKind.STAFF, UUID(int=0xC), "主任", (Grant(Role.MANAGER),))
_OWNERS = {"token-a": OWNER_A, "token-b": OWNER_B}


class Taken(Conflict):
    code = "examples.taken"
    sentence = "这个时段刚刚被约走，请另选一个。"


class Address(In):
    town: Line


class Visit(In):
    title: Line
    at: At | None = None
    seats: Annotated[int, Field(ge=1)] = 1
    number: int = 0
    where: Address | None = None
    people: list[Line] = Field(default_factory=list)
    share: float | None = None


class VisitOut(Out):
    id: UUID
    title: str
    at: At


class Search(Query):
    town: tuple[Line, ...] = ()
    seats: int | None = None
    is_open: bool = False


@endpoint(auth=Auth.OWNER, body=Visit, returns=VisitOut, status=201, errors=(Taken,), summary="预约")
async def book(request: Request, *, actor: Actor, body: Visit) -> VisitOut:
    if body.title == "taken":
        raise Taken
    await db.execute(
        "INSERT INTO counters (id, name, on_day, value) VALUES ($1, $2, $3, 1) "
        "ON CONFLICT (name, on_day) DO UPDATE SET value = counters.value + 1",
        new_id(),
        f"book-{actor.name}",
        clock.today(),
    )
    return VisitOut(id=new_id(), title=body.title, at=clock.now())


@endpoint(auth=Auth.OWNER, query=PageQuery, returns=Page[VisitOut], summary="我的预约")
async def mine(request: Request, *, actor: Actor, query: PageQuery) -> bytes:
    assert actor.kind is ActorKind.OWNER
    return b'{"items":[],"next":null}'


@endpoint(auth=Auth.OWNER, summary="撤销预约")
async def cancel(request: Request, visit_id: UUID, *, actor: Actor) -> None:
    await db.execute("DELETE FROM counters WHERE name = $1", f"book-{actor.name}")


@endpoint(auth=Auth.STAFF, permission="policies.read", query=Search, summary="查询")
async def search(request: Request, *, query: Search) -> dict[str, object]:
    return {"town": query.town, "seats": query.seats, "is_open": query.is_open, "money": Decimal("1.50")}


@endpoint(auth=Auth.STAFF, permission="policies.review", body=Visit, summary="修改")
async def change(request: Request, visit_id: UUID, *, actor: Actor, body: Visit, version: int) -> Reply:
    return Reply({"version": version}, headers={"ETag": f'"{version + 1}"'})


@endpoint(auth=Auth.STAFF, body=Address, permission="policies.read", summary="改地址")
async def move(request: Request, visit_id: UUID, *, body: Address, version: int) -> Reply:
    return Reply({"town": body.town}, headers={"ETag": f'"{version + 1}"'})


@endpoint(auth=Auth.PUBLIC, upload=True, summary="上传")
async def upload(request: Request, *, file: Upload) -> dict[str, object]:
    return {"name": file.name, "type": file.media_type, "size": len(file.body)}


@endpoint(auth=Auth.PUBLIC, summary="大量内容")
async def large(request: Request, size: int) -> dict[str, str]:
    return {"text": "微" * size}


@endpoint(auth=Auth.PUBLIC, returns=Stream, summary="逐块发送，可在中途中断")
async def pieces(request: Request, count: int) -> Stream:
    async def send() -> AsyncGenerator[bytes, None]:
        if count == 0:
            raise Taken
        for _ in range(count):
            yield b"x" * 65_536

    return Stream(send(), max(count, 10) * 65_536, "application/octet-stream", {"Cache-Control": "private"})


FAILURES: dict[str, Exception] = {}


@endpoint(auth=Auth.PUBLIC, summary="出错")
async def fail(request: Request, name: str) -> None:
    if name == "duplicate":
        await db.execute("INSERT INTO dedupe_keys VALUES ('x', '2026-01-01'), ('x', '2026-01-01')")
    if name == "range":
        await db.execute("SELECT $1::int", 2**40)
    raise FAILURES[name]


@endpoint(auth=Auth.PUBLIC, body=Address, summary="回声")
async def echo(request: Request, *, body: Address) -> dict[str, str]:
    return {"town": body.town}


@endpoint(auth=Auth.PUBLIC, summary="在事务里停一会")
async def slow(request: Request, ms: int) -> dict[str, bool]:
    async with db.transaction():
        await db.fetch("SELECT pg_sleep($1)", ms / 1000)
        await asyncio.sleep(0)
    return {"done": True}


ROUTES = tuple(
    Route(method, path, one)
    for method, path, one in (
        ("POST", "/api/owner/v1/visits", book),
        ("GET", "/api/owner/v1/visits", mine),
        ("DELETE", "/api/owner/v1/visits/<visit_id:uuid>", cancel),
        ("GET", "/api/staff/v1/visits", search),
        ("PUT", "/api/staff/v1/visits/<visit_id:uuid>", change),
        ("PUT", "/api/staff/v1/visits/<visit_id:uuid>/address", move),
        ("POST", "/api/public/v1/files", upload),
        ("GET", "/api/public/v1/pieces/<count:int>", pieces),
        ("GET", "/api/public/v1/large/<size:int>", large),
        ("GET", "/api/public/v1/fail/<name:str>", fail),
        ("POST", "/api/public/v1/echo", echo),
        ("GET", "/api/public/v1/slow/<ms:int>", slow),
    )
)


async def _owner(request: Request) -> Actor:
    token = bearer(request)
    if token.startswith("racer-"):
        return Actor(ActorKind.OWNER, UUID(int=int(token.removeprefix("racer-"))), token)
    if token not in _OWNERS:
        raise Unauthenticated
    return _OWNERS[token]


async def _staff(request: Request) -> Actor:
    token, csrf, changes = staff_credentials(request)
    if token != "manager" or (changes and csrf != "csrf"):
        raise Unauthenticated
    return MANAGER


AUTHENTICATORS = {Auth.OWNER: _owner, Auth.STAFF: _staff}
A = {"Authorization": "Bearer token-a"}
B = {"Authorization": "Bearer token-b"}
STAFF = {"Cookie": "wuwei_staff=manager"}
