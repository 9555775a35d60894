"""Puts back the partitions that a test of retention let go, for the tests after it."""

from backend.foundation import db

_MAKE = """
SELECT make_partitions(table_name, now() - interval '1 month', CASE step WHEN 'day' THEN 40 ELSE 4 END)
FROM retention WHERE step <> 'row'
"""


async def restore_partitions() -> None:
    await db.fetch(_MAKE)
