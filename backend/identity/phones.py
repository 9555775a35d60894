"""An owner's phone number, verified by WeChat: sealed, with a blind index, one person's at a time."""

from dataclasses import dataclass
from uuid import UUID

from backend import audit, runtime
from backend.access import Actor
from backend.enterprises import binding_order
from backend.foundation import clock, db
from backend.foundation.secrets import mask_phone
from backend.gateways.wechat.errors import WeChatError
from backend.gateways.wechat.protocol import PhoneNumber
from backend.identity import contacts, locks, messages, proving, single_flight
from backend.identity.errors import PhoneCodeInvalid, SessionEnded
from backend.identity.wechat import phone_refusal
from backend.notifications import tell

_OPENID = "SELECT openid FROM wechat_accounts WHERE person_id = $1 AND appid = $2 ORDER BY last_seen_at DESC LIMIT 1"
_SET = """
UPDATE persons SET phone_sealed = $2, phone_index = $3, phone_verified_at = $4 WHERE id = $1 AND state = 'active'
"""
# The owner, and whoever holds the number: in one order, for two may take each other's numbers in the same moment.
_CONCERNED = """
SELECT id, phone_index FROM persons
WHERE id = $1 OR (phone_index = ANY ($2::bytea[]) AND phone_verified_at IS NOT NULL) ORDER BY id FOR NO KEY UPDATE
"""
# Carriers hand numbers on: whoever verified one last holds it, the one before keeps his account but not the proof.
_UNVERIFY_OTHERS = """
UPDATE persons SET phone_verified_at = NULL
WHERE phone_index = ANY ($2::bytea[]) AND id <> $1 AND phone_verified_at IS NOT NULL RETURNING id
"""
_PHONE = "SELECT phone_sealed FROM persons WHERE id = $1 AND phone_verified_at IS NOT NULL"
_KEEP = f"{_PHONE} FOR SHARE"


@dataclass(frozen=True, slots=True)
class BoundPhone:
    masked: str


async def bind_phone(actor: Actor, code: str) -> BoundPhone:
    """Verify the actor's phone by the code of WeChat's button; the same code twice is one exchange.

    The openid goes along, so a code taken from someone else's phone is worth nothing. Another person who verified the
    same number before loses that proof: he is told, and what rested on it becomes read-only until he proves it again,
    which brings it back.
    Raises PhoneCodeInvalid, TooManySignIns, WeChatAway.
    """
    openid = await db.fetch_value(_OPENID, actor.id, runtime.current().settings.wechat_appid)
    if openid is None or actor.id is None:
        raise SessionEnded
    person_id = actor.id

    async def exchange() -> PhoneNumber:
        try:
            return await runtime.current().wechat.phone_number(code, openid)
        except WeChatError as error:
            raise await phone_refusal(error) from error

    async def settle(found: PhoneNumber) -> UUID:
        await _keep(actor, person_id, contacts.normal_phone(found.country_code, found.number))
        return person_id

    await single_flight.once(f"phone:{person_id}:{code}", exchange, settle)
    phone = await phone_of(person_id)
    if phone is None:
        raise PhoneCodeInvalid  # somebody else verified the number since: what came of this code holds no more
    return BoundPhone(mask_phone(phone))


async def _keep(actor: Actor, person_id: UUID, phone: str) -> None:
    vault, moment = runtime.current().vault, clock.now()
    await locks.take("phone", phone)
    indexes = vault.blind_indexes(phone, column=contacts.PHONE)
    concerned = {row["id"]: row["phone_index"] for row in await db.fetch(_CONCERNED, person_id, indexes)}
    sealed = vault.encrypt(phone, table="persons", column="phone_sealed", row=person_id)
    if not await db.execute(_SET, person_id, sealed, vault.blind_index(phone, column=contacts.PHONE), moment):
        raise SessionEnded  # he closed his account meanwhile: nobody loses his proof to him
    others = await db.fetch(_UNVERIFY_OTHERS, person_id, indexes)
    lost = [row["id"] for row in others]
    await binding_order.lock_of_persons([person_id, *lost])
    await single_flight.forget(lost)
    await proving.suspend_of_persons(lost)
    await tell([messages.phone_moved(person, phone, moment) for person in lost])
    await proving.phone_is_back(actor, indexes, is_the_same=concerned.get(person_id) in indexes)
    fields = ("phone_sealed", "phone_verified_at")
    await audit.record(actor, "identity.phone_bound", table="persons", row_id=person_id, fields=fields)


async def phone_of(person_id: UUID, *, is_kept: bool = False) -> str | None:
    """Return a person's verified phone number, readable.

    `is_kept`: nobody takes it from him before the caller's transaction is over, so that what he writes by it is seen
    by whoever takes it afterwards.
    """
    sealed = await db.fetch_value(_KEEP if is_kept else _PHONE, person_id)
    if sealed is None:
        return None
    return runtime.current().vault.decrypt(sealed, table="persons", column="phone_sealed", row=person_id)
