"""The one way in which entries become bytes and batches hashes: sealer, verifier and archives share it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

COLUMNS: Final = """
id::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor_kind, actor_id::text,
on_behalf_of::text, action, table_name, row_id::text, fields, detail::text, request_id, xid::text
"""
_NAMES: Final = (
    "id", "at", "actor_kind", "actor_id", "on_behalf_of", "action", "table_name", "row_id", "fields", "detail",
    "request_id", "xid",
)  # fmt: skip
GENESIS: Final = bytes(32)


def as_line(row: Any) -> bytes:
    """Return one entry, read by COLUMNS, as one line of JSON."""
    values = [orjson.loads(row[name]) if name == "detail" else row[name] for name in _NAMES]
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Head:
    """What a seal says of itself; it stands under the hash too, or a bound could be moved without a trace."""

    number: int
    cluster: str
    horizon: int
    sealed_at: datetime

    def as_bytes(self) -> bytes:
        return f"{self.number} {self.cluster} {self.horizon} {self.sealed_at.astimezone(UTC).isoformat()}\n".encode()


def seal_hash(previous: bytes, head: Head, lines: Iterable[bytes]) -> bytes:
    """Return sha256(previous seal ‖ head ‖ every line); lines are sorted, so their order can't be played with."""
    digest = hashlib.sha256(previous)
    digest.update(head.as_bytes())
    for line in sorted(lines):
        digest.update(line)
        digest.update(b"\n")
    return digest.digest()
