"""Moderation: what owners write and photograph is checked before others see it; what is doubtful waits for staff.

await submit(origin, origin_id, Content(texts, files), person_id=…, district=…)   in the transaction that stores it
await withdraw(origin, [origin_id])                                               when its owner takes it back
handlers({origin: on_moved}, notices)                                             in the assembly: what came of it
await check(); await give_up_unanswered()                                         by a worker
"""

from backend.moderation.checking import check, give_up_unanswered
from backend.moderation.deciding import refuse, release
from backend.moderation.queries import look, outline, page
from backend.moderation.states import SubjectState
from backend.moderation.submitting import JOB, Content, submit, wake, withdraw
from backend.moderation.telling import TOPICS, Concerns, OnMoved, Outcome, handlers
from backend.moderation.verdicts import EVENT, catch_up, pushed

__all__ = [
    "EVENT",
    "JOB",
    "TOPICS",
    "Concerns",
    "Content",
    "OnMoved",
    "Outcome",
    "SubjectState",
    "catch_up",
    "check",
    "give_up_unanswered",
    "handlers",
    "look",
    "outline",
    "page",
    "pushed",
    "refuse",
    "release",
    "submit",
    "wake",
    "withdraw",
]
