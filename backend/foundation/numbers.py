"""Public numbers such as WW-20261122-0007: unique, readable, gaps allowed."""

import re
from typing import Final

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.parts import Part

_NEXT: Final = "SELECT next_number($1, $2, n.id) AS number FROM unnest($3::uuid[]) AS n (id)"
_DRAWN: Final = """
numbered AS MATERIALIZED (
    SELECT format('%s-%s-%s', $1::text, to_char($2::date, 'YYYYMMDD'), lpad(n::text, greatest(4, length(n::text)), '0'))
        AS number FROM next_number($1::text, $2::date, $3::uuid) AS n
)"""
_PREFIX: Final = re.compile(r"[A-Z]{1,8}")


async def public_number(prefix: str) -> str:
    """Return the next number of the Chinese day; a command that rolls back may leave a gap.

    It comes from a sequence on the command's own connection: a second one, asked of the pool while holding the first,
    would let a pool's worth of commands wait for each other without end.
    """
    return (await public_numbers(prefix, 1))[0]


async def public_numbers(prefix: str, count: int) -> list[str]:
    """Return the next numbers of the Chinese day, by one statement."""
    _check(prefix)
    day = clock.today()
    rows = await db.fetch(_NEXT, prefix, day, [new_id() for _ in range(count)])
    return [f"{prefix}-{day:%Y%m%d}-{row['number']:04d}" for row in rows]


def part(prefix: str) -> Part:
    """Return what draws the next number of the Chinese day, as the only row of `numbered (number)`, once it is read.

    For a statement that has something to ask anyway; whoever isn't given what he asked for leaves a gap.
    """
    _check(prefix)
    return Part(_DRAWN, (prefix, clock.today(), new_id()))


def _check(prefix: str) -> None:
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("a prefix is made of capital letters")
