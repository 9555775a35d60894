r"""Banks that integrate: their programs sign each request with a key; who has no program works at the desk.

Authorization: Wuwei-HMAC client=<id>,t=<unix seconds>,nonce=<16–64 signs>,v2=<hex>
v2 = HMAC-SHA256(key, "<METHOD>\n<path?query>\n<t>\n<nonce>\n<If-Match>\n<Idempotency-Key>\n<hex SHA-256 of the body>")

Told to banks in docs/partner-api.md. A request is taken within five minutes of its time, and its nonce once: what was
caught on the way is worth nothing. Headers that change what a request does are signed with it; v1, which left them
out, is not taken.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from backend import audit, runtime
from backend.access import Actor, ActorKind, Grant, Role
from backend.financing import errors
from backend.financing.values import MANAGE
from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Unauthenticated
from backend.foundation.ids import new_id, token
from backend.gateways.webhook import leads_inside

SCHEME: Final = "Wuwei-HMAC"
TABLE: Final = "financing_clients"
SECONDS: Final = 300
_HEADER: Final = re.compile(
    r"Wuwei-HMAC client=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),"
    r"t=([0-9]{1,12}),nonce=([A-Za-z0-9_-]{16,64}),v2=([0-9a-f]{64})"
)
_PRINTED: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[a-z0-9.:-]+")
_LIVE: Final = """
SELECT k.id, k.staff_id, k.key_sealed, s.name FROM financing_clients k JOIN staff s ON s.id = k.staff_id
WHERE k.id = $1 AND k.revoked_at IS NULL AND s.state = 'active' AND EXISTS (
    SELECT FROM staff_grants g WHERE g.staff_id = s.id AND g.role = 'partner' AND g.ended_at IS NULL
      AND (g.until_at IS NULL OR g.until_at > $2))
"""
_SPEND: Final = "INSERT INTO financing_nonces (client_id, nonce, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_IS_AT_A_DESK: Final = "SELECT EXISTS (SELECT FROM financing_desk_people WHERE staff_id = $1 AND ended_at IS NULL)"
_ISSUE: Final = """
INSERT INTO financing_clients (id, staff_id, name, key_sealed, webhook_url, created_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_LISTED: Final = """
SELECT k.id, k.name, k.staff_id, s.name AS person, d.id AS desk_id, d.name AS desk, i.id AS institution_id,
    i.name AS institution, k.webhook_url, k.created_at, k.revoked_at,
    (SELECT max(n.at) FROM financing_nonces n WHERE n.client_id = k.id) AS used_at
FROM financing_clients k JOIN staff s ON s.id = k.staff_id
LEFT JOIN financing_desk_people p ON p.staff_id = k.staff_id AND p.ended_at IS NULL
LEFT JOIN financing_desks d ON d.id = p.desk_id LEFT JOIN financing_institutions i ON i.id = d.institution_id
ORDER BY k.id DESC
"""
_REVOKE: Final = "UPDATE financing_clients SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key; it is given out once and kept sealed."""

    id: UUID
    key: str = field(repr=False)


async def issue(staff_id: UUID, name: str, webhook_url: str | None, *, actor: Actor) -> Issued:
    """Give a partner's account a key for its program; raises NotAPartner for one at no desk, ContentWrong."""
    actor.require(MANAGE)
    if webhook_url is not None and (wrong := _wrong_address(webhook_url)):
        raise errors.ContentWrong(fields=(FieldError("webhook_url", "address", wrong),))
    made = Issued(new_id(), token())
    sealed = runtime.current().vault.encrypt(made.key, table=TABLE, column="key_sealed", row=made.id)
    async with db.transaction():
        if not await db.fetch_value(_IS_AT_A_DESK, staff_id):
            raise errors.NotAPartner
        await db.execute(_ISSUE, made.id, staff_id, name, sealed, webhook_url, clock.now())
        await audit.record(actor, "financing.client_issued", table=TABLE, row_id=made.id, fields=("staff_id",))
    return made


def _wrong_address(url: str) -> str | None:
    """Say what is wrong with a callback's address; where a name leads is looked at when the connection is made."""
    is_private_too = runtime.current().settings.bank_callbacks == "anywhere"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "回调地址格式有误，请核对主机名和端口。"
    if not _PRINTED.fullmatch(url) or not _HOST.fullmatch(parts.hostname or "") or port == 0:
        return "回调地址格式有误，不能含空格、换行或其他不可见字符。"
    if not url.startswith(("https://", "http://") if is_private_too else "https://"):
        return "回调地址须以 https:// 开头。"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "回调地址不能含账号、密码或 #。"
    return None if is_private_too or not leads_inside(url) else "回调地址须为公网地址。"


async def revoke(client_id: UUID, *, actor: Actor) -> None:
    """Take a key back from this moment on; twice changes nothing. Raises ClientUnknown."""
    actor.require(MANAGE)
    async with db.transaction():
        if not await db.execute(_REVOKE, client_id, clock.now()):
            raise errors.ClientUnknown
        await audit.record(actor, "financing.client_revoked", table=TABLE, row_id=client_id, fields=("revoked_at",))


async def listed(actor: Actor) -> list[dict[str, Any]]:
    """Return all keys without what they are, the newest first; `used_at` only of the last two days."""
    actor.require(MANAGE)
    return [dict(row) for row in await db.fetch(_LISTED)]


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it was signed; `target` is its path with the query, headers that it did not bring are empty."""

    header: str
    method: str
    target: str
    body: bytes
    if_match: str = ""
    idempotency_key: str = ""


def signature(key: str, request: Signed, moment: int, nonce: str) -> str:
    """Return what a program puts behind `v2=`."""
    headers = (request.if_match, request.idempotency_key)
    parts = (request.method, request.target, str(moment), nonce, *headers, hashlib.sha256(request.body).hexdigest())
    # A header may hold bytes that are no text: then it is nobody's signature, and no error either.
    return hmac.new(key.encode(), "\n".join(parts).encode(errors="replace"), hashlib.sha256).hexdigest()


async def by_signature(request: Signed) -> Actor:
    """Return the account as which a program acts; raises Unauthenticated, always alike."""
    found = _HEADER.fullmatch(request.header)
    if found is None:
        raise Unauthenticated
    client, moment, nonce, given = UUID(found[1]), int(found[2]), found[3], found[4]
    row = await db.fetch_one(_LIVE, client, clock.now())
    if row is None or abs(clock.now().timestamp() - moment) > SECONDS:
        raise Unauthenticated
    key = runtime.current().vault.decrypt(row["key_sealed"], table=TABLE, column="key_sealed", row=row["id"])
    if not hmac.compare_digest(signature(key, request, moment, nonce), given):
        raise Unauthenticated
    if not await db.execute(_SPEND, client, nonce, clock.now()):
        raise Unauthenticated
    return Actor(ActorKind.PARTNER, row["staff_id"], row["name"], (Grant(Role.PARTNER),))
