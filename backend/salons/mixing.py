"""Takes from the disk in which order answers came: those of one salon and day are written anew, shuffled, together.

Whoever draws a token and answers at once is the n-th to do either; attendees' rows tell the order of drawing by the
number of their last transaction. So answers must not tell theirs, neither by that number nor by their place in the
file. What was there before would stay between the rows until something is written over it: the whole file is made anew.
"""

from datetime import timedelta
from typing import Final

from backend.foundation import clock, db

_BACK: Final = timedelta(days=2)
# Written in more than one transaction: somebody answered since.
_LATELY: Final = """
SELECT salon_id, on_day, count(DISTINCT xmin::text) > 1 AS is_in_order FROM salon_feedback WHERE on_day >= $1
GROUP BY salon_id, on_day
"""
_ANEW: Final = """
WITH gone AS (DELETE FROM salon_feedback WHERE salon_id = $1 AND on_day = $2 RETURNING salon_id, on_day, rating, body)
INSERT INTO salon_feedback (id, salon_id, on_day, rating, body)
SELECT gen_random_uuid(), salon_id, on_day, rating, body FROM gone ORDER BY random()
"""
# Whoever reads the table meanwhile (a backup does so for long) is not waited for: the next round comes soon.
_NEW_FILE: Final = "VACUUM (FULL, SKIP_LOCKED) salon_feedback"


async def mix() -> int:
    """Shuffle what was answered since; returns how many salons and days. Any number may run at once."""
    lately = await db.fetch(_LATELY, clock.today() - _BACK)
    found = [row for row in lately if row["is_in_order"]]
    for row in found:
        await db.execute(_ANEW, row["salon_id"], row["on_day"])
    if lately:
        await db.execute(_NEW_FILE)
    return len(found)
