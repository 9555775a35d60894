"""What people do with an enterprise's record: an owner tells a fact of his own, staff reveal a phone."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend import audit
from backend.access import Actor
from backend.eligibility import Source
from backend.enterprises import profile
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.errors import FactInvalid, NotAskable
from backend.enterprises.facts import Recorded, record
from backend.enterprises.values import ValueRefused, clean
from backend.foundation import db
from backend.foundation.errors import FieldError

REVEAL = "enterprises.reveal"


async def tell(enterprise_id: UUID, values: Mapping[str, Any], *, actor: Actor) -> Recorded:
    """Record what an owner says of his own enterprise; only facts that may be asked.

    Whether he may act for it is decided before, by `identity.acting`. Raises NotAskable, FactInvalid and
    EnterpriseUnknown.
    """
    unasked = [key for key in values if key not in CATALOGUE or not CATALOGUE[key].askable]
    if unasked:
        raise NotAskable(fields=tuple(FieldError(key, "not_askable", NotAskable.sentence) for key in unasked))
    async with db.transaction():
        await profile.wide_row(actor, enterprise_id)
        recorded = await record(enterprise_id, values, source=Source.SELF_DECLARED, actor=actor)
        fields = sorted(values)
        await audit.record(actor, "enterprises.facts_told", table="enterprises", row_id=enterprise_id, fields=fields)
    return recorded


async def reveal_phone(enterprise_id: UUID, *, reason: str, actor: Actor) -> str:
    """The registered phone in clear for who says why; the reason is audited. Raises Forbidden, PhoneUnknown."""
    actor.require(REVEAL)
    try:
        said = clean(reason)
    except ValueRefused as refusal:
        problem = f"理由{refusal}。"
        raise FactInvalid(problem, (FieldError("reason", "bad_value", problem),)) from None
    async with db.transaction():
        phone = await profile.registered_phone(actor, enterprise_id)
        await audit.record(
            actor,
            "enterprises.phone_revealed",
            table="enterprises",
            row_id=enterprise_id,
            fields=("phone",),
            detail={"reason": said},
        )
    return phone
