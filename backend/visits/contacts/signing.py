"""A second signature for one more than an enterprise's ceiling: asked for, told to who may sign, told back."""

from typing import Final
from uuid import UUID

from backend.access import Actor
from backend.enterprises.contacts import approvals
from backend.enterprises.contacts.approvals import SIGN, Asked
from backend.enterprises.contacts.states import SIDES, ApprovalState, Side
from backend.foundation import db
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

WANTED: Final = "contact_signature_wanted"
DECIDED: Final = "contact_signature_decided"

_NAME: Final = "SELECT name FROM enterprises WHERE id = $1"


async def ask(enterprise_id: UUID, side: Side, year: int, reason: str, *, actor: Actor) -> Asked:
    """Ask for it; everybody who may sign there is told, but for who asks. Raises as `approvals.ask` does."""
    async with db.transaction():
        asked = await approvals.ask(enterprise_id, side, year, reason, actor=actor)
        fields = {**await _fields(asked), "reason": reason}
        signers = Holders(SIGN, asked.district, asked.unit_id)
        once = f"contact-signature:{asked.id}"
        await staff_notices.tell(WANTED, signers, fields=fields, once=once, subject=asked.id, but=[actor.id])
        return asked


async def decide(approval_id: UUID, words: str, *, is_signed: bool, actor: Actor, version: int | None = None) -> Asked:
    """Sign or refuse, and tell who asked; raises as `approvals.decide` does."""
    async with db.transaction():
        asked = await approvals.decide(approval_id, words, is_signed=is_signed, actor=actor, version=version)
        await staff_notices.settle([asked.id], WANTED)
        word = "已签字同意" if asked.state is ApprovalState.SIGNED else "未同意"
        fields = {**await _fields(asked), "outcome": word, "words": words}
        once = f"contact-signature-decided:{asked.id}"
        await staff_notices.tell(DECIDED, [asked.requested_by], fields=fields, once=once, subject=asked.id)
        return asked


async def _fields(asked: Asked) -> dict[str, str]:
    name = str(await db.fetch_value(_NAME, asked.enterprise_id) or "")
    return {"enterprise": name, "year": str(asked.year), "side": SIDES[asked.side], "approval_id": str(asked.id)}
