"""Staff decide what the registry could not prove: claims with a licence photo, and objections."""

from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit
from backend.access import Actor
from backend.audit import Entry
from backend.enterprises import binding_order
from backend.enterprises.models import Binding, BindingBasis, BindingRole, BindingState
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.errors import FieldError, Invalid, NotFound
from backend.identity import locks, messages, notices
from backend.identity.binding import bind
from backend.identity.errors import AlreadyDecided, EnterpriseUnknown, HolderWithoutPhone, SameReviewer
from backend.identity.phones import phone_of
from backend.identity.queries import reviews_visible_to
from backend.identity.states import BINDING
from backend.notifications import tell

PERMISSION: Final = "bindings.review"
LONGEST_REASON: Final = 200

_LOCKED = """
SELECT r.id, r.kind, r.state, r.person_id, r.uscc, r.role, r.licence_file_id, r.binding_id, r.objector_id,
       b.decided_by AS binding_decided_by, b.rests_on_contact AND b.state = 'pending' AS rests_on_contact
FROM binding_reviews r LEFT JOIN bindings b ON b.id = r.binding_id
WHERE r.id = $1 AND {} FOR UPDATE OF r
"""
_CLAIMED = "SELECT uscc FROM binding_reviews WHERE id = $1 AND kind = 'claim'"
_DECIDE = """
UPDATE binding_reviews SET state = $2, reason = $3, decided_by = $4, decided_at = $5, binding_id = $6 WHERE id = $1
"""
_ENTERPRISE = "SELECT id, name FROM enterprises WHERE uscc = $1"
_MINE = """
SELECT id FROM bindings
WHERE person_id = $1 AND enterprise_id = $2 AND state IN ('pending', 'active', 'read_only')
"""
_REPLACE = "UPDATE bindings SET state = 'ended', ended_at = $2, reason = 'replaced' WHERE id = $1"
# A representative whose proof has lapsed makes room for the one whom staff have just verified.
_OUTDATED = """
UPDATE bindings SET state = 'ended', ended_at = $2, reason = 'replaced'
WHERE enterprise_id = $1 AND role = 'representative' AND state = 'read_only' RETURNING id, person_id
"""
# Only what still waits: whoever left or closed his account meanwhile is not brought back by a decision about him.
_SETTLE = """
UPDATE bindings SET state = $2, ended_at = $3, decided_by = $4, decided_at = $5, reason = $6, prove_by = NULL
WHERE id = $1 AND state = 'pending'
"""


async def approve(actor: Actor, review_id: UUID, *, reason: str = "") -> UUID:
    """Let a claim in, or let a binding stand against an objection; returns the binding's id.

    Raises NotFound, AlreadyDecided, EnterpriseUnknown, TooManyManagers, RepresentativeTaken, SameReviewer,
    HolderWithoutPhone.
    """
    async with transaction():
        # Before the review itself: so does whoever corrects his claim at the same moment, and no two get stuck.
        uscc = await db.fetch_value(_CLAIMED, review_id)
        if uscc is not None:
            await locks.take("binding", uscc)
        review = await _open(actor, review_id, reason)
        if review["kind"] == "claim":
            binding_id = await _let_in(actor, review)
        else:
            await _check_phone(review)
            binding_id = await _settle(actor, review, BindingState.ACTIVE, reason)
        await _decided(actor, review, "approved", reason, binding_id)
    return binding_id


async def refuse(actor: Actor, review_id: UUID, *, reason: str) -> None:
    """Turn a claim down, or end the binding that was objected to; the reason is told to the person concerned."""
    if not reason.strip():
        raise Invalid(fields=(FieldError("reason", "required", "请写明不予通过的原因，申请人会看到。"),))
    async with transaction():
        review = await _open(actor, review_id, reason)
        if review["kind"] == "claim":
            message = messages.claim_refused(
                review_id, review["person_id"], uscc=review["uscc"], reason=reason, at=clock.now()
            )
            await tell([message])
        else:
            await _settle(actor, review, BindingState.REFUSED, reason)
        await _decided(actor, review, "refused", reason, review["binding_id"])


async def _open(actor: Actor, review_id: UUID, reason: str) -> Record:
    actor.require(PERMISSION)
    if len(reason) > LONGEST_REASON:
        raise Invalid(fields=(FieldError("reason", "length", "原因请控制在 200 字以内。"),))
    visible = reviews_visible_to(actor)
    review = await db.fetch_one(_LOCKED.format(visible.render(2)), review_id, *visible.params)
    if review is None:
        raise NotFound
    if review["state"] != "pending":
        raise AlreadyDecided
    return review


async def _let_in(actor: Actor, review: Record) -> UUID:
    enterprise = await db.fetch_one(_ENTERPRISE, review["uscc"])
    if enterprise is None:
        raise EnterpriseUnknown
    now, role = clock.now(), BindingRole(review["role"])
    await binding_order.lock_of_enterprises([enterprise["id"]])
    mine = await db.fetch_value(_MINE, review["person_id"], enterprise["id"])
    if mine is not None:
        await db.execute(_REPLACE, mine, now)
        await audit.record(actor, "identity.binding_replaced", table="bindings", row_id=mine, fields=("state",))
    if role is BindingRole.REPRESENTATIVE:
        await _make_room(actor, enterprise, now)
    binding: Binding = await bind(
        actor,
        enterprise=enterprise["name"],
        person_id=review["person_id"],
        enterprise_id=enterprise["id"],
        role=role,
        basis=BindingBasis.REVIEW,
        rests_on_contact=role is BindingRole.REPRESENTATIVE,
        licence_file_id=review["licence_file_id"],
        decided_by=actor.id,
        decided_at=now,
    )
    await tell([messages.claim_approved(review["id"], review["person_id"], enterprise=enterprise["name"], at=now)])
    return binding.id


async def _check_phone(review: Record) -> None:
    """Raise HolderWithoutPhone while somebody else holds the number by which the binding came about.

    The objection stays open until its holder has verified a number again, or staff uphold it.
    """
    if review["rests_on_contact"] and await phone_of(review["person_id"], is_kept=True) is None:
        raise HolderWithoutPhone


async def _make_room(actor: Actor, enterprise: Record, now: datetime) -> None:
    outdated = await db.fetch(_OUTDATED, enterprise["id"], now)
    entries = [Entry("identity.binding_replaced", "bindings", row["id"], ("state",)) for row in outdated]
    await audit.record_many(actor, entries)
    await tell(
        [messages.removed(row["id"], row["person_id"], enterprise=enterprise["name"], at=now) for row in outdated]
    )


async def _settle(actor: Actor, review: Record, outcome: BindingState, reason: str) -> UUID:
    """Carry out what was decided about an objection, and tell both sides; nobody judges his own approval.

    A binding that ended of itself meanwhile stays ended: then the decision only closes the objection.
    """
    if actor.id is not None and review["binding_decided_by"] == actor.id:
        raise SameReviewer
    binding_id: UUID = review["binding_id"]
    BINDING.check(BindingState.PENDING, outcome)
    now = clock.now()
    ended_at = now if outcome is BindingState.REFUSED else None
    if not await db.execute(_SETTLE, binding_id, outcome, ended_at, actor.id, now, reason or None):
        return binding_id
    await audit.record(actor, "identity.objection_settled", table="bindings", row_id=binding_id, fields=("state",))
    enterprise = await db.fetch_one(_ENTERPRISE, review["uscc"])
    name = enterprise["name"] if enterprise else review["uscc"]
    people = {review["person_id"], review["objector_id"]} - {None}
    is_upheld = outcome is BindingState.REFUSED
    await tell(
        [
            messages.objection_settled(review["id"], one, enterprise=name, is_upheld=is_upheld, reason=reason, at=now)
            for one in sorted(people)
        ]
    )
    return binding_id


async def _decided(actor: Actor, review: Record, state: str, reason: str, binding_id: UUID | None) -> None:
    await db.execute(_DECIDE, review["id"], state, reason or None, actor.id, clock.now(), binding_id)
    await notices.decided([review["id"]])
    await audit.record(
        actor, f"identity.review_{state}", table="binding_reviews", row_id=review["id"], fields=("state",),
        detail={"kind": review["kind"], "reason": reason},
    )  # fmt: skip
