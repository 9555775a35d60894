"""Tells, once before the end, who was told of a survey and has not answered; by the outbox, a chunk at a time.

Nobody is reminded who was not told: a list that nobody released reaches nobody here either.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from backend import notifications, outbox
from backend.foundation import clock, db
from backend.outbox import Handler, OutboxItem
from backend.questions.surveys import inviting, messages
from backend.questions.surveys.service import RELEASED, REMIND

CHUNK: Final = 2_000
_BEFORE_ALL: Final = UUID(int=0)

_RUNNING: Final = """
SELECT id, title, reason, closes_on FROM surveys WHERE id = $1 AND state = 'released' AND closes_on >= $2 FOR SHARE
"""
_SILENT: Final = f"""
{inviting.OF_PERSON} AND i.told_at IS NOT NULL AND i.person_id > $3 GROUP BY i.person_id ORDER BY i.person_id LIMIT $4
"""


async def remind(items: Sequence[OutboxItem]) -> None:
    """Remind the next chunk of each survey, in one order for all workers."""
    for item in sorted(items, key=lambda item: str(item.payload["survey_id"])):
        await _remind(item)


async def _remind(item: OutboxItem) -> None:
    survey = await db.fetch_one(_RUNNING, UUID(item.payload["survey_id"]), clock.today())
    if survey is None:
        return
    after = UUID(item.payload.get("after") or _BEFORE_ALL.hex)
    rows = await db.fetch(_SILENT, clock.now(), survey["id"], after, CHUNK)
    await notifications.tell([messages.closing(dict(survey), dict(row)) for row in rows])
    if len(rows) == CHUNK:
        payload = {"survey_id": str(survey["id"]), "after": str(rows[-1]["person_id"])}
        await outbox.put(REMIND, payload, key=str(survey["id"]))


HANDLERS: Final[Mapping[str, Handler]] = {RELEASED: inviting.invite, REMIND: remind}
