"""What is known of those who ask is looked up for each of them, however few rows PostgreSQL thinks there are."""

import pytest

from backend.foundation import db
from backend.salons.seats import asking

pytestmark = pytest.mark.usefixtures("database")

_PREPARE = "PREPARE standings (int[], uuid[], uuid[], uuid[], timestamptz) AS "
_EXPLAIN = "EXPLAIN EXECUTE standings (NULL, NULL, NULL, NULL, now())"


async def test_no_look_goes_over_all_that_there_is() -> None:
    async with db.transaction():
        for setting, value in (("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")):
            await db.execute(f"SET LOCAL {setting} = {value}")
        await db.execute(_PREPARE + asking._LOOK)
        whole = "\n".join(row[0] for row in await db.fetch(_EXPLAIN))
        await db.execute("DEALLOCATE standings")
    told = whole[whole.index("Nested Loop") :]  # before it stand the salons themselves
    for one in ("Materialize", "Hash", "hashed", "Bitmap", "Seq Scan"):
        assert one not in told, told
    looks = [line.strip() for line in told.splitlines() if "Index Cond" in line]
    assert len(looks) == 6, told
    assert all("w_1.enterprise_id" in look or "w_1.person_id" in look for look in looks), told
