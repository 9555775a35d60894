"""Everyone who should know is told once: inbox, addresses, credits, delivery.

await tell([Message(kind, recipient, once, fields, …)])   in a command's transaction
await call_off(subject)                                   when what was told no longer holds
await addresses.upsert(person, appid, openid)             when somebody signs in
clock_end(kind, now, span, settings)                      until when an offer told now stands
await deliver()                                           by a worker
"""

from backend.notifications.hours import clock_end, clock_start
from backend.notifications.message import Message
from backend.notifications.telling import call_off, tell

__all__ = ["Message", "call_off", "clock_end", "clock_start", "tell"]
