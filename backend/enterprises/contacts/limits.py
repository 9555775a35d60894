"""What the ledger goes by, as data that staff set: ceilings, what is counted, days of merging, marking and signing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from backend import audit
from backend.access import Actor
from backend.enterprises.contacts.errors import ContactWrong, LimitsChanged
from backend.enterprises.contacts.states import Side
from backend.foundation import db
from backend.foundation.errors import FieldError

PLAN: Final = "visits.plan"

_READ: Final = "SELECT merge_days, late_days, signed_days, version FROM contact_settings"
_KINDS: Final = "SELECT key, side, title, is_counted FROM contact_kinds ORDER BY position"
_CEILINGS: Final = """
SELECT side, credit_class, size, per_year, ground FROM contact_ceilings ORDER BY side DESC, credit_class, size
"""
_WRITE: Final = """
UPDATE contact_settings SET merge_days = $1, late_days = $2, signed_days = $3, version = version + 1 WHERE version = $4
"""
_COUNT: Final = "UPDATE contact_kinds SET is_counted = key = ANY ($1::text[])"
_FORGET: Final = "DELETE FROM contact_ceilings"
_SET: Final = """
INSERT INTO contact_ceilings (side, credit_class, size, per_year, ground)
SELECT side, credit_class, size, per_year, ground FROM jsonb_populate_recordset(NULL::contact_ceilings, $1::jsonb)
"""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many a year for a side, of a risk class or a size, '' for any; `per_year` None: no ceiling."""

    side: Side
    credit_class: str
    size: str
    per_year: int | None
    ground: str


async def shown() -> dict[str, Any]:
    """Return everything the ledger goes by, with its version."""
    row = await db.fetch_one(_READ)
    return {
        **(dict(row) if row else {}),
        "kinds": [dict(one) for one in await db.fetch(_KINDS)],
        "ceilings": [dict(one) for one in await db.fetch(_CEILINGS)],
    }


async def edit(
    days: Mapping[str, int], counted: Sequence[str], ceilings: Sequence[Ceiling], *, actor: Actor, version: int
) -> dict[str, Any]:
    """Set it all anew; lines that are written keep what counted then. Raises ContactWrong, LimitsChanged."""
    actor.require(PLAN)
    _check(ceilings)
    async with db.transaction():
        given = (days["merge_days"], days["late_days"], days["signed_days"])
        if not await db.execute(_WRITE, *given, version):
            raise LimitsChanged
        await db.execute(_COUNT, list(counted))
        await db.execute(_FORGET)
        await db.execute(_SET, orjson.dumps([asdict(one) for one in ceilings]).decode())
        await audit.record(
            actor, "contacts.limits_set", table="contact_ceilings", row_id=None, fields=("per_year", "is_counted")
        )
        return await shown()


def _check(ceilings: Sequence[Ceiling]) -> None:
    """Each class once, and one for whoever has none."""
    keys = [(one.side, one.credit_class, one.size) for one in ceilings]
    if len(set(keys)) < len(keys):
        raise ContactWrong(fields=(FieldError("ceilings", "repeated", "同一类企业只能设一个上限。"),))
    if not {(side, "", "") for side in Side} <= set(keys):
        raise ContactWrong(fields=(FieldError("ceilings", "missing", "服务和检查各须有一个不分类别的上限。"),))
