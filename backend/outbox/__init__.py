"""Deferred effects: rows written in the command's transaction, carried out by the workers, at most a minute late."""

from backend.outbox.draining import Drained, drain
from backend.outbox.item import ExpectedFailure, Handler, LeaseLost, NewItem, OutboxItem, Outside, SomeFailed
from backend.outbox.queue import JOB, LEASE, backlog, cancel, claim, done, part, put, put_many, release, retry, revive

__all__ = [
    "JOB",
    "LEASE",
    "Drained",
    "ExpectedFailure",
    "Handler",
    "LeaseLost",
    "NewItem",
    "OutboxItem",
    "Outside",
    "SomeFailed",
    "backlog",
    "cancel",
    "claim",
    "done",
    "drain",
    "part",
    "put",
    "put_many",
    "release",
    "retry",
    "revive",
]
