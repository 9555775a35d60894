"""Staff take a matter down for somebody at the counter, on the phone or on a visit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.cases import handling
from backend.cases.errors import PlaceUnknown
from backend.cases.intake import attaching, contacts
from backend.cases.intake.opening import Channel, Opened, Opening, Urgency, open_one
from backend.enterprises import divisions
from backend.enterprises import visibility as enterprises
from backend.foundation import db
from backend.foundation.errors import FieldError, Invalid
from backend.foundation.ids import new_id

ORIGIN: Final = "cases"
"""The origin of a matter that is a case and nothing else."""

_PERSON: Final = "SELECT EXISTS (SELECT FROM persons WHERE id = $1 AND state = 'active')"


async def register(
    *,
    category: str,
    title: str,
    body: str,
    channel: str,
    enterprise_id: UUID | None,
    person_id: UUID | None,
    district: str | None,
    urgency: str,
    take: bool,
    files: Sequence[UUID],
    actor: Actor,
    contact: tuple[str, str | None] | None = None,
) -> Opened:
    """Open a case for an enterprise, a person, or for whoever has no account, whose `contact` is (name, phone).

    `take` makes the clerk its handler. Raises CategoryUnknown, FileUnknown, PhoneWrong, PlaceUnknown for an enterprise
    or a person the clerk does not see, and Invalid for a place that is none of the city's and for nobody at all.
    """
    actor.require("cases.open")
    _check_told(district, is_for_anybody=bool(enterprise_id or person_id or contact))
    async with db.transaction():
        await _check(actor, enterprise_id, person_id)
        opening = Opening(
            ORIGIN,
            new_id(),
            category,
            title,
            body,
            Channel(channel),
            person_id,
            enterprise_id,
            district,
            Urgency(urgency),
            handler_id=actor.id if take else None,
            files=await attaching.his(actor, files),
        )
        made = await open_one(opening, actor=actor)
        if contact is not None:
            await contacts.keep(made.id, *contact, actor=actor)
        if not take:
            return made
        return replace(made, state=(await handling.accept(made.id, actor=actor)).state)


def _check_told(district: str | None, *, is_for_anybody: bool) -> None:
    wrong = []
    if district is not None and district not in divisions.DISTRICTS and district not in divisions.TOWNS:
        wrong.append(FieldError("district", "unknown", "没有这个区县、乡镇或街道，请重新选择。"))
    if not is_for_anybody:
        wrong.append(FieldError("contact.name", "missing", "请选择企业，或写明反映人的姓名。"))
    if wrong:
        raise Invalid(fields=tuple(wrong))


async def _check(actor: Actor, enterprise_id: UUID | None, person_id: UUID | None) -> None:
    wrong = []
    if enterprise_id is not None:
        visible = enterprises.visible_to(actor)
        sql = f"SELECT FROM enterprises e WHERE e.id = $1 AND {visible.render(2)}"
        if await db.fetch_one(sql, enterprise_id, *visible.params) is None:
            wrong.append(FieldError("enterprise_id", "unknown", "没有找到该企业，或不在您的管辖范围。"))
    if person_id is not None and not await db.fetch_value(_PERSON, person_id):
        wrong.append(FieldError("person_id", "unknown", "没有找到该经营者账号。"))
    if wrong:
        raise PlaceUnknown(fields=tuple(wrong))
