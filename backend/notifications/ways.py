"""The further ways to a person: the service account that he follows, and his own verified phone.

An address of theirs comes to be when a message first needs it, and only for somebody whose mini-program address has not
ended: who withdrew his consent, or is gone, is not reached by other ways either.
"""

from collections.abc import Sequence
from uuid import UUID

from backend import runtime
from backend.foundation import clock, db
from backend.notifications.kinds import CHANNELS, Channel, Form

SMS_ACCOUNT = "sms"
"""The account of every address by text message; its openid is the person, the number stays where it is."""

_REACHABLE = """
EXISTS (SELECT FROM addresses s WHERE s.person_id = p.id AND s.channel = 'subscribe' AND s.state <> 'ended')
"""
# A number that was proved anew after it had failed is tried again; so is an account followed anew.
_BY_PHONE = f"""
INSERT INTO addresses (id, person_id, channel, account, openid, created_at, seen_at)
SELECT uuidv7(), p.id, 'sms', '{SMS_ACCOUNT}', p.id::text, $2, $2 FROM persons p
WHERE p.id = ANY($1::uuid[]) AND p.state = 'active' AND p.phone_sealed IS NOT NULL AND p.phone_verified_at IS NOT NULL
  AND {_REACHABLE} ORDER BY p.id
ON CONFLICT (channel, account, openid) DO UPDATE SET state = 'live', seen_at = $2
WHERE addresses.state = 'ended' OR (addresses.state = 'broken' AND EXISTS (
    SELECT FROM persons p WHERE p.id = addresses.person_id AND p.phone_verified_at > addresses.seen_at))
"""
_BY_ACCOUNT = f"""
INSERT INTO addresses (id, person_id, channel, account, openid, created_at, seen_at)
SELECT uuidv7(), p.id, 'service', f.account, f.openid, $2, f.seen_at
FROM persons p JOIN service_followers f ON f.unionid = p.unionid AND f.is_following
WHERE p.id = ANY($1::uuid[]) AND p.state = 'active' AND {_REACHABLE} ORDER BY p.id
ON CONFLICT (channel, account, openid) DO UPDATE SET state = 'live', seen_at = EXCLUDED.seen_at
WHERE addresses.person_id = EXCLUDED.person_id
  AND (addresses.state = 'ended' OR (addresses.state = 'broken' AND EXCLUDED.seen_at > addresses.seen_at))
"""
_LIVE = f"""
SELECT DISTINCT ON (a.person_id, a.channel) a.person_id, a.channel, a.id
FROM addresses a JOIN persons p ON p.id = a.person_id
WHERE a.person_id = ANY($1::uuid[]) AND a.channel IN ('service', 'sms') AND a.state = 'live' AND {_REACHABLE}
ORDER BY a.person_id, a.channel, a.seen_at DESC, a.id
"""


def open_here() -> list[Channel]:
    """Return the further channels that this installation really has."""
    current = runtime.current()
    is_open: dict[Channel, bool] = {"service": current.service_account is not None, "sms": current.sms.is_live}
    return [channel for channel in CHANNELS if is_open.get(channel)]


def takes(channel: Channel, form: Form) -> bool:
    """Tell whether this installation can try a channel with a form; text messages without a provider are logged."""
    current = runtime.current()
    return current.sms.carries(form.template) if channel == "sms" else current.service_account is not None


async def find(people: Sequence[UUID]) -> dict[tuple[UUID, str], UUID]:
    """Return the live addresses of people, whose addresses must be locked, by (person, channel)."""
    moment = clock.now()
    await db.execute(_BY_PHONE, list(people), moment)
    await db.execute(_BY_ACCOUNT, list(people), moment)
    return {(row["person_id"], row["channel"]): row["id"] for row in await db.fetch(_LIVE, list(people))}
