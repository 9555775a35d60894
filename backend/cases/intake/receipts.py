"""For whoever has no account: a number and a code on paper, with which he later takes the case into his own list."""

import secrets
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from backend import audit
from backend.access import Actor, ActorKind
from backend.cases import writing
from backend.cases.errors import HasOwner, ReceiptUsed, ReceiptWrong
from backend.cases.models import Case
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden
from backend.foundation.secrets import hash_token

OPEN: Final = "cases.open"
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread on paper
_LENGTH: Final = 8

_MAKE: Final = """
INSERT INTO case_receipts (case_id, code_hash, made_by, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (case_id) DO UPDATE SET code_hash = EXCLUDED.code_hash, made_by = EXCLUDED.made_by,
    made_at = EXCLUDED.made_at, tries = 0 WHERE case_receipts.claimed_at IS NULL
"""
# A code of 31^8 can't be guessed through a door that lets 60 tries a minute in: that many make none void, or anybody
# could spoil a stranger's paper. They are counted all the same.
_TRY: Final = """
UPDATE case_receipts r SET tries = least(r.tries + 1, 32767) FROM cases c
WHERE c.id = r.case_id AND c.number = $1
RETURNING r.case_id, r.code_hash
"""
_CLAIM: Final = "UPDATE case_receipts SET claimed_by = $2, claimed_at = $3 WHERE case_id = $1 AND claimed_at IS NULL"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is printed, once: the code can't be read again, only made anew."""

    number: str
    code: str = field(repr=False)


async def make(case_id: UUID, *, actor: Actor) -> Receipt:
    """Make a receipt for a case whose owner has no account; an earlier one is void. Raises HasOwner."""
    async with writing.changing(case_id, actor, permission=OPEN) as case:
        if case.person_id is not None:
            raise HasOwner
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        await db.execute(_MAKE, case.id, hash_token(code), actor.id, clock.now())
        await audit.record(actor, "cases.receipt_made", table=writing.TABLE, row_id=case.id)
        return Receipt(case.number, code)


async def claim(number: str, code: str, *, actor: Actor) -> UUID:
    """Take a case into one's own list; raises ReceiptWrong whether the number or the code is wrong.

    Raises ReceiptUsed to whoever knows the code of one that was used before.
    Outside any transaction: a wrong try counts although it is refused.
    """
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden
    db.refuse_in_transaction()
    row = await db.fetch_one(_TRY, number.strip().upper())
    if row is None or not secrets.compare_digest(row["code_hash"], hash_token(code.strip().upper())):
        raise ReceiptWrong
    case_id: UUID = row["case_id"]
    async with db.transaction():
        case = await Case.filter(id=case_id).select_for_update().get()
        if case.person_id is not None or not await db.execute(_CLAIM, case_id, actor.id, clock.now()):
            raise ReceiptUsed
        case.person_id = actor.id
        await case.save_only("person_id")
        await audit.record(actor, "cases.receipt_claimed", table=writing.TABLE, row_id=case_id, fields=("person_id",))
    return case_id
