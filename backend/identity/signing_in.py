"""An owner signs in: WeChat's code becomes a person, his WeChat account and a session."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from backend import audit, runtime
from backend.access import Actor, ActorKind
from backend.consents import TextChanged, give, text
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.gateways.wechat.errors import WeChatError
from backend.gateways.wechat.protocol import Session
from backend.identity import locks, sessions, single_flight
from backend.identity.errors import SessionEnded
from backend.identity.wechat import login_refusal
from backend.notifications import addresses

PURPOSE: Final = "privacy"

_ACCOUNT = "SELECT id, person_id FROM wechat_accounts WHERE appid = $1 AND openid = $2"
_BY_UNIONID = "SELECT id FROM persons WHERE unionid = $1"
_NEW_PERSON = "INSERT INTO persons (id, unionid, created_at) VALUES ($1, $2, $3)"
_NEW_ACCOUNT = """
INSERT INTO wechat_accounts (id, person_id, appid, openid, unionid, created_at, last_seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
"""
_SEEN = """
UPDATE wechat_accounts SET session_key_sealed = $2, unionid = coalesce($3, unionid), last_seen_at = $4 WHERE id = $1
"""
# The open platform may tell the unionid only later; it stays away from a person when another one already has it.
_LEARN_UNIONID = """
UPDATE persons SET unionid = $2
WHERE id = $1 AND unionid IS NULL AND NOT EXISTS (SELECT FROM persons WHERE unionid = $2)
"""
_OPENED = """
SELECT s.id AS session_id, s.person_id, s.expires_at, p.phone_verified_at IS NOT NULL AS has_phone
FROM owner_sessions s JOIN persons p ON p.id = s.person_id WHERE s.id = $1
"""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as its owner gets it; every request that brought the same code gets the same one."""

    session_id: UUID
    person_id: UUID
    token: str = field(repr=False)
    expires_at: datetime
    has_phone: bool


async def sign_in(code: str, *, consent_version: str, client: str = "") -> SignedIn:
    """Exchange a wx.login code for a session of 30 days, sliding.

    Raises LoginCodeInvalid, TooManySignIns, SignInBlocked, WeChatAway; TextChanged before WeChat is asked, so that
    the code isn't spent for nothing.
    """
    if consent_version != text(PURPOSE).version:
        raise TextChanged

    async def exchange() -> Session:
        try:
            return await runtime.current().wechat.code_to_session(code)
        except WeChatError as error:
            raise await login_refusal(error) from error

    async def settle(found: Session) -> UUID:
        return await _settle(found, code=code, consent_version=consent_version, client=client)

    session_id = await single_flight.once(f"login:{code}", exchange, settle)
    row = await db.fetch_one(_OPENED, session_id)
    if row is None:
        raise SessionEnded
    return SignedIn(**row, token=sessions.token_of(session_id, code))


async def _settle(found: Session, *, code: str, consent_version: str, client: str) -> UUID:
    account_id, person_id = await _upsert(found)
    await _keep_key(account_id, found)
    await addresses.upsert(person_id, runtime.current().settings.wechat_appid, found.openid)
    session_id = await sessions.open_session(person_id, account_id, login_code=code, client=client)
    actor = Actor(ActorKind.OWNER, person_id, session_id=session_id)
    await give(actor, PURPOSE, version=consent_version, given_from="mini_program")
    await audit.record(actor, "identity.signed_in", table="owner_sessions", row_id=session_id)
    return session_id


async def _upsert(found: Session) -> tuple[UUID, UUID]:
    """Return account and person of an openid; first sign-ins that race for one openid or unionid wait here."""
    appid = runtime.current().settings.wechat_appid
    await locks.take("openid", f"{appid}:{found.openid}")
    if found.unionid:
        await locks.take("unionid", found.unionid)
    row = await db.fetch_one(_ACCOUNT, appid, found.openid)
    if row is not None:
        if found.unionid:
            await db.execute(_LEARN_UNIONID, row["person_id"], found.unionid)
        return row["id"], row["person_id"]
    person_id = await _person(found.unionid)
    account_id = new_id()
    await db.execute(_NEW_ACCOUNT, account_id, person_id, appid, found.openid, found.unionid, clock.now())
    return account_id, person_id


async def _person(unionid: str | None) -> UUID:
    """Return who the open platform says this is, or a new person."""
    known: UUID | None = await db.fetch_value(_BY_UNIONID, unionid) if unionid else None
    if known is not None:
        return known
    person_id = new_id()
    await db.execute(_NEW_PERSON, person_id, unionid, clock.now())
    return person_id


async def _keep_key(account_id: UUID, found: Session) -> None:
    """Seal the session key over the last one: WeChat honours only the newest."""
    sealed = runtime.current().vault.encrypt(
        found.session_key, table="wechat_accounts", column="session_key_sealed", row=account_id
    )
    await db.execute(_SEEN, account_id, sealed, found.unionid, clock.now())
