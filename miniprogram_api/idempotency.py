"""The same command sent twice has one effect and one answer (product design §0.5).

The key's row is written by the command's own transaction, so it stands exactly if the command does; a refusal rolls
both back and is not remembered. A twin waits: first for its turn within this process, holding no connection, then for
the advisory lock, which is what counts between processes. 200 twins therefore occupy one connection per process.
What is kept of an answer is its status and body: a version therefore stands in the body as well as in the `ETag`.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sanic import Request
from sanic.response import HTTPResponse

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid, KeyRequired, KeyReused
from backend.foundation.ids import new_id
from miniprogram_api.reply import JSON

HEADER: Final = "idempotency-key"
REPLAYED: Final = "Idempotency-Replayed"
REMEMBERED: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[\x21-\x7e]{8,128}")

_KNOWN: Final = "SELECT body_hash, status, answer FROM claim_idempotency_key($1, $2, $3, $4, $5)"
_REMEMBER: Final = """
INSERT INTO idempotency_keys (id, actor, route, key, body_hash, status, answer, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class WrongKey(Invalid):
    code = "idempotency_key_invalid"
    title = "请求标识有误"
    sentence = "Idempotency-Key 应为 8 至 128 个可见的英文字符。"


class Turns:
    """Lets one at a time through for each key, in this process; a key nobody waits for takes no memory."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        lock, waiting = self._waiting.get(key, (asyncio.Lock(), 0))
        self._waiting[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._waiting.pop(key)
            if waiting > 1:
                self._waiting[key] = (lock, waiting - 1)


@dataclass(frozen=True, slots=True)
class Key:
    """Who sends which command under which key, and with what."""

    actor: str
    route: str
    key: str
    body_hash: bytes

    @property
    def lock(self) -> int:
        """A number for the advisory lock; two keys that share one only wait for each other."""
        digest = hashlib.sha256(f"{self.actor}\n{self.route}\n{self.key}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def key_of(request: Request, route: str, actor: Actor, *, is_required: bool, sent: bytes) -> Key | None:
    """Read the request's key; raises KeyRequired or WrongKey.

    `sent` is what a repetition must bring again: the body, or the file itself, for a form is written anew each time;
    and the version it was meant for.
    """
    text = request.headers.get(HEADER)
    if text is None:
        if is_required:
            raise KeyRequired
        return None
    if not _KEY.fullmatch(text):
        raise WrongKey(fields=(FieldError("Idempotency-Key", "pattern", WrongKey.sentence),))
    digest = hashlib.sha256(f"{request.path}?{request.query_string}\n".encode())
    if version := request.headers.get("if-match"):
        digest.update(f"If-Match: {version}\n".encode(errors="surrogateescape"))
    digest.update(sent)
    return Key(f"{actor.kind}:{actor.id}", route, text, digest.digest())


async def once(turns: Turns, key: Key, command: Callable[[], Awaitable[HTTPResponse]]) -> HTTPResponse:
    """Run the command in one transaction with its key's row, or replay the answer it gave before."""
    async with turns.turn((key.actor, key.route, key.key)), db.transaction():
        since = clock.now() - REMEMBERED
        known = await db.fetch_one(_KNOWN, key.actor, key.route, key.key, key.lock, since)
        if known is not None:
            if known["body_hash"] != key.body_hash:
                raise KeyReused
            return HTTPResponse(known["answer"], known["status"], {REPLAYED: "true"}, JSON)
        response = await command()
        await db.execute(
            _REMEMBER,
            new_id(),
            key.actor,
            key.route,
            key.key,
            key.body_hash,
            response.status,
            response.body or b"",
            clock.now(),
        )
        return response
