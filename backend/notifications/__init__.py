"""Everyone who should know is told once: inbox, addresses, credits, delivery.

await tell([Message(kind, recipient, once, fields, …)])   in a command's transaction
await addresses.upsert(person, appid, openid)             when somebody signs in
await deliver()                                           by a worker
"""

from backend.notifications.message import Message
from backend.notifications.telling import tell

__all__ = ["Message", "tell"]
