"""The second factor: time-based codes (RFC 6238), each good once, and ten recovery codes for a lost phone."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

import pyotp

from backend import runtime
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.secrets import hash_token

STEP_SECONDS = 30
DRIFT = 1  # a phone's clock may be one step off
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
ISSUER = "无微不至"

_IS_RECOVERY = """
SELECT EXISTS (SELECT FROM staff_recovery_codes WHERE staff_id = $1 AND code_hash = $2 AND used_at IS NULL)
"""
_SPEND_STEP = "UPDATE staff SET totp_step = $2 WHERE id = $1 AND totp_step < $2"
_SPEND_RECOVERY = """
UPDATE staff_recovery_codes SET used_at = $3 WHERE staff_id = $1 AND code_hash = $2 AND used_at IS NULL
"""


def new_secret() -> str:
    return pyotp.random_base32()


def seal(secret: str, staff_id: UUID) -> bytes:
    return runtime.current().vault.encrypt(secret, table="staff", column="totp_secret", row=staff_id)


def provisioning_uri(secret: str, login: str) -> str:
    """Return what the authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


@dataclass(frozen=True, slots=True)
class Proof:
    """A right second factor, not yet spent: the time step of a code, or the hash of a recovery code."""

    step: int | None = None
    recovery: bytes | None = None


async def find(staff_id: UUID | None, sealed: bytes | None, code: str) -> Proof | None:
    """Tell what proves the code, if anything; the work is the same when there is no such account."""
    secret = _open(sealed, staff_id) if sealed is not None and staff_id is not None else new_secret()
    step = _step(secret, code.strip())
    recovery = hash_token(_plain(code))
    known = await db.fetch_value(_IS_RECOVERY, staff_id, recovery)
    if step is None and not known:
        return None
    return Proof(step=step) if step is not None else Proof(recovery=recovery)


def _open(sealed: bytes, staff_id: UUID) -> str:
    return runtime.current().vault.decrypt(sealed, table="staff", column="totp_secret", row=staff_id)


def _step(secret: str, code: str) -> int | None:
    now = int(clock.now().timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


async def spend(staff_id: UUID, proof: Proof) -> bool:
    """Use the proof up; False when it (or a later time step) was used before."""
    if proof.step is not None:
        return await db.execute(_SPEND_STEP, staff_id, proof.step) == 1
    return await db.execute(_SPEND_RECOVERY, staff_id, proof.recovery, clock.now()) == 1


async def replace_recovery_codes(staff_id: UUID) -> list[str]:
    """Make ten new codes of 80 bits, forget the old ones, and return the new ones; they are shown once."""
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    await db.execute("DELETE FROM staff_recovery_codes WHERE staff_id = $1", staff_id)
    await db.execute(
        "INSERT INTO staff_recovery_codes (id, staff_id, code_hash) SELECT unnest($1::uuid[]), $2, unnest($3::bytea[])",
        [new_id() for _ in codes],
        staff_id,
        [hash_token(code) for code in codes],
    )
    return ["-".join(code[n : n + 4] for n in range(0, len(code), 4)) for code in codes]


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").upper()
