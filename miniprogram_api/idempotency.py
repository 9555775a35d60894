"""The same command sent twice has one effect and one answer (product design §0.5).

The key's row is written by the command's own transaction, so it stands exactly if the command does; a refusal rolls
both back and is not remembered. A twin waits: first for its turn within this process, holding no connection, then for
the advisory lock, which is what counts between processes. 200 twins therefore occupy one connection per process.
What is kept of an answer is its status and body: a version therefore stands in the body as well as in the `ETag`.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sanic import Request
from sanic.response import HTTPResponse

from backend.access import Actor
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid, KeyRequired, KeyReused, WuweiError
from backend.foundation.ids import new_id
from backend.foundation.parts import Part, joined
from miniprogram_api.reply import JSON, Reply

HEADER: Final = "idempotency-key"
REPLAYED: Final = "Idempotency-Replayed"
REMEMBERED: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[\x21-\x7e]{8,128}")

_KNOWN: Final = "SELECT body_hash, status, answer FROM claim_idempotency_key($1, $2, $3, $4, $5)"
_REMEMBER: Final = """
INSERT INTO idempotency_keys (id, actor, route, key, body_hash, status, answer, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# A plan is kept for long: one made while a table held a handful of rows would go on reading the whole of it once it
# holds thousands. What a set looks for it finds by an index.
_CLAIM_ALL: Final = """
SELECT k.n, k.body_hash, k.status, k.answer
FROM set_config('enable_seqscan', 'off', TRUE), claim_idempotency_keys($1, $2, $3, $4, $5) AS k
"""
_REMEMBER_ALL: Final = """
INSERT INTO idempotency_keys (id, actor, route, key, body_hash, status, answer, created_at)
SELECT n.id, n.actor, n.route, n.key, n.body_hash, $1, n.answer, $2
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[])
    AS n (id, actor, route, key, body_hash, answer)
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
        digest.update(f"If-Match: {version.strip()}\n".encode(errors="surrogateescape"))
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


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is remembered."""

    status: int
    body: bytes
    is_replayed: bool = False

    def response(self) -> Reply:
        return Reply(self.body, self.status, {REPLAYED: "true"} if self.is_replayed else {})


Outcome = Kept | WuweiError
Command = Callable[[Sequence[int]], Awaitable[tuple[Sequence[bytes | WuweiError], Sequence[Part]]]]
"""Decides on some of a set, by their places in it: what each is answered with or why he is refused, and what to write.

What it wants written goes with the keys' rows as one statement.
"""


async def together(keys: Sequence[Key], command: Command, status: int) -> list[Outcome]:
    """Run a set of commands in one transaction with their keys' rows; repetitions get the answer that was given before.

    A refusal is not remembered. Whoever sends one key twice within a set is answered as if one came after the other.
    """
    async with db.transaction():
        outcomes = await _claim_all(keys)
        first: dict[tuple[str, str, str], int] = {}
        for n, key in enumerate(keys):
            if outcomes[n] is None:
                first.setdefault((key.actor, key.route, key.key), n)
        fresh = list(first.values())
        answers, writes = await command(fresh) if fresh else ((), ())
        for n, answer in zip(fresh, answers, strict=True):
            outcomes[n] = answer if isinstance(answer, WuweiError) else Kept(status, answer)
        writes = [*writes, *_remembering([(keys[n], outcomes[n]) for n in fresh])]
        if writes:
            await db.execute(*joined(*writes))
    return [outcome or _twin(keys, n, outcomes, first) for n, outcome in enumerate(outcomes)]


def _twin(
    keys: Sequence[Key], n: int, outcomes: Sequence[Outcome | None], first: Mapping[tuple[str, str, str], int]
) -> Outcome:
    """Return what a repetition within the set is answered: what the first one was, if it asked for the same."""
    key = keys[n]
    before = first[key.actor, key.route, key.key]
    outcome = outcomes[before]
    if keys[before].body_hash != key.body_hash:
        return KeyReused()
    return replace(outcome, is_replayed=True) if isinstance(outcome, Kept) else outcome or KeyReused()


async def _claim_all(keys: Sequence[Key]) -> list[Outcome | None]:
    columns = [[key.actor for key in keys], [key.route for key in keys], [key.key for key in keys]]
    locks = [key.lock for key in keys]
    known: list[Outcome | None] = [None] * len(keys)
    for row in await db.fetch(_CLAIM_ALL, *columns, locks, clock.now() - REMEMBERED):
        n = row["n"] - 1
        same = row["body_hash"] == keys[n].body_hash
        known[n] = Kept(row["status"], row["answer"], is_replayed=True) if same else KeyReused()
    return known


def _remembering(done: Sequence[tuple[Key, Outcome | None]]) -> Iterator[Part]:
    """Yield what writes the keys' rows, where there are any to write."""
    kept = [(key, outcome) for key, outcome in done if isinstance(outcome, Kept)]
    if not kept:
        return
    params = (
        kept[0][1].status,
        clock.now(),
        [new_id() for _ in kept],
        [key.actor for key, _ in kept],
        [key.route for key, _ in kept],
        [key.key for key, _ in kept],
        [key.body_hash for key, _ in kept],
        [outcome.body for _, outcome in kept],
    )
    yield Part(f"remembered AS ({_REMEMBER_ALL})", params)
