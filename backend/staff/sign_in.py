"""Staff sign-in in one call: login name, password and second factor; one answer for whatever was wrong."""

from asyncpg import Record

from backend import audit
from backend.access import Actor, ActorKind
from backend.foundation import clock, db
from backend.foundation.db import refuse_in_transaction, transaction
from backend.foundation.logging import get_logger
from backend.staff import attempts, passwords, second_factor, sessions
from backend.staff.errors import AtTheBank, AtTheBureau, SignInFailed

log = get_logger(__name__)

_ACCOUNT = f"""
SELECT s.id, s.name, s.password_hash, s.totp_secret, {sessions.IS_PARTNER.format(staff="s.id", now="$2")} AS is_partner
FROM staff s WHERE s.login = $1 AND s.state = 'active'
"""
# What was proven must still hold in the transaction that opens the session: neither left nor reset meanwhile.
_STILL = "SELECT 1 FROM staff WHERE id = $1 AND password_hash = $2 AND state = 'active' FOR UPDATE"


def normal_login(login: str) -> str:
    return login.strip().lower()


async def sign_in(
    login: str, password: str, code: str, *, client: str = "", kind: ActorKind = ActorKind.STAFF
) -> sessions.Opened:
    """Open a session, or raise SignInFailed; `code` is a time-based code or a recovery code.

    `kind` names the door at which he stands. Who belongs to the other is told so (AtTheBank, AtTheBureau) once he has
    proven who he is, and his code is still good there.

    Runs outside any transaction, because a counted failure must stay when the sign-in is refused.
    """
    refuse_in_transaction()
    login = normal_login(login)
    account, proof = await _prove(login, password, code)
    if account["is_partner"] is not (kind is ActorKind.PARTNER):
        await attempts.clear(login)
        raise AtTheBank if account["is_partner"] else AtTheBureau
    async with transaction():
        if not await _is_still(account) or not await second_factor.spend(account["id"], proof):
            raise SignInFailed
        await attempts.clear(login)
        opened = await sessions.open_session(account["id"], client=client)
        actor = Actor(kind, account["id"], account["name"], session_id=opened.id)
        await audit.record(actor, "staff.signed_in", table="staff_sessions", row_id=opened.id)
    return opened


async def _prove(login: str, password: str, code: str) -> tuple[Record, second_factor.Proof]:
    """Check all three and only then judge, so that the time taken tells nothing about any of them."""
    is_open = await attempts.charge(login)
    account = await db.fetch_one(_ACCOUNT, login, clock.now())
    known = account or {"id": None, "password_hash": None, "totp_secret": None}
    fits = await passwords.verify(known["password_hash"], password)
    proof = await second_factor.find(known["id"], known["totp_secret"], code)
    if account is None or proof is None or not fits or not is_open:
        log.warning("staff_sign_in_failed", is_locked=not is_open)
        raise SignInFailed
    return account, proof


async def _is_still(account: Record) -> bool:
    return await db.fetch_value(_STILL, account["id"], account["password_hash"]) is not None
