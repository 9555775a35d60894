"""What a person wants to be told, and where: one switch a kind and channel, and one for all pushes.

Nothing is decided here: `telling` mutes what its owner doesn't want in the inbox, `claiming` drops at its turn what he
doesn't want pushed, so that a switch holds for what still waits. A critical kind can't be switched off for the inbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.errors import FieldError, Invalid
from backend.notifications.groups import GROUPS
from backend.notifications.kinds import CHANNELS, KINDS, Kind

INBOX: Final = "inbox"
EVERY_KIND: Final = "*"
"""The kind of the switch over all pushes; it leaves the others as they are."""

CHANNEL_TITLES: Final[Mapping[str, str]] = {
    INBOX: "消息中心",
    "subscribe": "微信订阅消息",
    "service": "服务号消息",
    "sms": "短信",
}

PHONE_KIND: Final = "staff_notice"
"""What goes to the phone that a staff member has bound: nobody else has a switch for it."""

# Always a row, whether he has turned a switch or not.
_MINE: Final = """
SELECT p.kind, p.channel, p.is_on, s.is_staff
FROM (SELECT EXISTS (SELECT FROM staff_phones WHERE person_id = $1 AND ended_at IS NULL) AS is_staff) AS s
LEFT JOIN notification_preferences p ON p.person_id = $1
"""
# What stands so already is no change; rows come in one order, so that two requests never wait in a circle.
_CHANGE: Final = """
WITH wanted AS (
    SELECT w.kind, w.channel, w.is_on FROM unnest($2::text[], $3::text[], $4::boolean[]) AS w (kind, channel, is_on)
    LEFT JOIN notification_preferences p ON p.person_id = $1 AND p.kind = w.kind AND p.channel = w.channel
    WHERE COALESCE(p.is_on, TRUE) <> w.is_on ORDER BY w.kind, w.channel
), changed AS (
    INSERT INTO notification_preferences (person_id, kind, channel, is_on, at)
    SELECT $1, kind, channel, is_on, $5::timestamptz FROM wanted
    ON CONFLICT (person_id, kind, channel) DO UPDATE SET is_on = EXCLUDED.is_on, at = EXCLUDED.at
        WHERE notification_preferences.is_on <> EXCLUDED.is_on
    RETURNING kind, channel, is_on
)
INSERT INTO notification_preference_changes (id, person_id, kind, channel, is_on, at)
SELECT uuidv7(), $1, kind, channel, is_on, $5 FROM changed
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """One switch as its owner wants it."""

    kind: str
    channel: str
    is_on: bool


async def mine(person_id: UUID) -> dict[str, Any]:
    """Return every kind in its group with its channels, what is on, and what can't be switched off."""
    rows = await db.fetch(_MINE, person_id)
    off = {(row["kind"], row["channel"]) for row in rows if row["channel"] and not row["is_on"]}
    known = KINDS if rows[0]["is_staff"] else {key: kind for key, kind in KINDS.items() if key != PHONE_KIND}
    return {
        "pushes_on": not {(EVERY_KIND, channel) for channel in CHANNELS} & off,
        "groups": [
            {
                "key": group.key,
                "title": group.title,
                "kinds": [_kind(KINDS[key], name, off) for key, name in group.kinds.items() if key in known],
            }
            for group in GROUPS.values()
            if group.kinds.keys() & known.keys()
        ],
    }


async def change(person_id: UUID, wishes: Sequence[Wish]) -> int:
    """Turn switches and return how many were turned; a refused one leaves them all. Raises Invalid naming each."""
    wrong = [fault for place, wish in enumerate(wishes) if (fault := _fault(place, wish))]
    if wrong:
        raise Invalid(fields=tuple(wrong))
    last = {(wish.kind, wish.channel): wish.is_on for wish in wishes}
    return await _write(person_id, last)


async def switch_pushes(person_id: UUID, *, is_on: bool) -> int:
    """Turn all pushes off or on again; the inbox, and each kind's own switches, stay as they are."""
    return await _write(person_id, {(EVERY_KIND, channel): is_on for channel in CHANNELS})


async def _write(person_id: UUID, wanted: Mapping[tuple[str, str], bool]) -> int:
    kinds, channels = [kind for kind, _ in wanted], [channel for _, channel in wanted]
    return await db.execute(_CHANGE, person_id, kinds, channels, list(wanted.values()), clock.now())


def _kind(kind: Kind, name: str, off: set[tuple[str, str]]) -> dict[str, Any]:
    return {
        "kind": kind.key,
        "name": name,
        "is_critical": kind.is_critical,
        "channels": [
            {
                "channel": channel,
                "title": CHANNEL_TITLES[channel],
                "is_on": (kind.key, channel) not in off or _is_fixed(kind, channel),
                "can_change": not _is_fixed(kind, channel),
            }
            for channel in (INBOX, *kind.channels)
        ],
    }


def _is_fixed(kind: Kind, channel: str) -> bool:
    return kind.is_critical and channel == INBOX


def _fault(place: int, wish: Wish) -> FieldError | None:
    kind = KINDS.get(wish.kind)
    if kind is None:
        return FieldError(f"changes.{place}.kind", "unknown", "没有这类消息。")
    if wish.channel not in (INBOX, *kind.channels):
        return FieldError(f"changes.{place}.channel", "unknown", "这类消息不用这种方式发送。")
    if _is_fixed(kind, wish.channel) and not wish.is_on:
        return FieldError(f"changes.{place}.is_on", "critical", "这类消息关系到您的权益，消息中心总会收到。")
    return None
