"""Broadcasts: one thing told to many, to a frozen list that somebody released, with an account of who got it.

    made = await create(ORIGINS, "policies", policy_id, Schedule(), actor=…)     draft
    await freeze(made, ORIGINS, actor=…)                                         frozen, or release_wanted
    await release(made, digest, actor=…)                                         released, sending

A module that broadcasts is an `Origin`; the assembly knows them all and hands them in.
"""

from backend.notifications.broadcasts.drafting import NOW, Schedule, create
from backend.notifications.broadcasts.freezing import freeze
from backend.notifications.broadcasts.holding import hold
from backend.notifications.broadcasts.origin import (
    Composed,
    Draft,
    Origin,
    OriginHolds,
    OriginOver,
    Origins,
    Recipient,
    Selection,
)
from backend.notifications.broadcasts.releasing import begin_due, cancel, pause, release, resume
from backend.notifications.broadcasts.rows import Broadcast

__all__ = [
    "NOW",
    "Broadcast",
    "Composed",
    "Draft",
    "Origin",
    "OriginHolds",
    "OriginOver",
    "Origins",
    "Recipient",
    "Schedule",
    "Selection",
    "begin_due",
    "cancel",
    "create",
    "freeze",
    "hold",
    "pause",
    "release",
    "resume",
]
