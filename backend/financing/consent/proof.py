"""The proof of a consent: what was signed, every read, and its end, as JSON that anybody can check without asking us.

Signed by Ed25519 over the canonical JSON of `payload` (keys in order, no blanks, UTF-8). The public key is published;
its private half comes from the service's signing key and is stored nowhere. How to check one: docs/financing-proof.md.
"""

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend import audit, runtime
from backend.access import Actor
from backend.financing import errors
from backend.financing.consent import kinds
from backend.financing.consent.ending import CONSENTS
from backend.financing.visibility import visible_to
from backend.foundation import clock, db

FORMAT: Final = "wuwei-consent-proof-1"
# A bank that is asked to look a second time may read: what is over goes on for it.
_LOOKED: Final = "EXISTS (SELECT FROM financing_second_looks l WHERE l.referral_id = r.id AND l.outcome IS NULL)"
_ONE: Final = f"""
SELECT c.id, c.recipient, c.contact, c.purpose, c.kinds, c.fields, c.sensitive_fields, c.method, c.text_version,
    encode(c.text_hash, 'hex') AS text_sha256, c.sensitive_version, encode(c.sensitive_hash, 'hex') AS sensitive_sha256,
    c.signed_as, c.signed_at, c.signed_from, c.expires_at, c.revoked_at, c.ended_with_need, c.reads_before_revoke,
    c.person_id,
    e.name AS enterprise, e.uscc, a.number AS application, r.number AS referral, r.end_reason,
    CASE WHEN {_LOOKED} THEN NULL ELSE r.ended_at END AS ended_at,
    (SELECT b.basis FROM bindings b WHERE b.person_id = c.person_id AND b.enterprise_id = c.enterprise_id
        AND b.role = c.signed_as AND b.created_at <= c.signed_at ORDER BY b.created_at DESC LIMIT 1) AS identified_by
FROM financing_consents c JOIN financing_applications a ON a.id = c.application_id
JOIN enterprises e ON e.id = c.enterprise_id JOIN financing_referrals r ON r.consent_id = c.id
WHERE c.id = $1 AND {{visible}}
"""
_READS: Final = """
SELECT l.id, l.at, l.method, l.fields, d.name AS desk, s.name AS reader, p.standard AS paper_standard,
    p.name AS paper, encode(p.sha256, 'hex') AS paper_sha256
FROM financing_reads l LEFT JOIN financing_desks d ON d.id = l.desk_id LEFT JOIN staff s ON s.id = l.staff_id
LEFT JOIN financing_evidence p ON p.id = l.evidence_id
WHERE l.consent_id = $1 ORDER BY l.id
"""


def canonical(payload: Any) -> bytes:
    """Return JSON in its one spelling: moments as RFC 3339 in UTC, keys in order."""
    return orjson.dumps(payload, default=_spelled, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)


def _spelled(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@lru_cache(maxsize=4)
def _key(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())


def _own_key() -> Ed25519PrivateKey:
    return _key(runtime.current().vault.sign("financing.consent-proof"))


def public_key() -> str:
    """Return the key by which proofs are checked: 32 bytes in base64."""
    return base64.b64encode(_own_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


async def export(consent_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return the signed proof of a consent, for its owner and for staff; raises ConsentUnknown."""
    visible = visible_to(actor)
    async with db.transaction():
        row = await db.fetch_one(_ONE.format(visible=visible.render(2)), consent_id, *visible.params)
        if row is None:
            raise errors.ConsentUnknown
        reads = [dict(one) for one in await db.fetch(_READS, consent_id)]
        await audit.record(actor, "financing.proof_exported", table=CONSENTS, row_id=consent_id)
    told = {
        **dict(row),
        "kind_titles": {kind: kinds.KINDS[kind].title for kind in row["kinds"]},
        "end": _end(row),
        "field_titles": {field: kinds.title(field) for field in row["fields"] + row["sensitive_fields"]},
    }
    for name in ("end_reason", "ended_at", "ended_with_need"):
        del told[name]
    payload = {"format": FORMAT, "issued_at": clock.now(), "consent": told, "reads": reads}
    plain = orjson.loads(canonical(payload))
    signature = base64.b64encode(_own_key().sign(canonical(plain))).decode()
    return {"payload": plain, "algorithm": "Ed25519", "public_key": public_key(), "signature": signature}


def _end(row: Record) -> dict[str, Any] | None:
    """Say how and when a consent ended; None for one that holds as the proof is issued."""
    if row["expires_at"] <= (row["revoked_at"] or clock.now()):
        return {"how": "expired", "at": row["expires_at"], "reason": ""}
    if row["revoked_at"] is not None:
        how = "need_over" if row["ended_with_need"] else "revoked"
        return {"how": how, "at": row["revoked_at"], "reason": row["end_reason"]}
    if row["ended_at"] is not None:
        return {"how": "referral_over", "at": row["ended_at"], "reason": row["end_reason"]}
    return None
