"""The composition root: opens the runtime and hands the lower floors what they must call upwards.

A lower floor never imports a higher one. What it must call there (an outbox topic's handler, a person's export) is a
line in one of the tables below. Whoever adds a capability adds its lines here; `check` refuses to start a process in
which a declared topic has no handler.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from backend.consents import personal as consents_personal
from backend.files import personal as files_personal
from backend.foundation.personal import PersonalData
from backend.foundation.settings import Settings
from backend.outbox import Handler, Outside
from backend.runtime import Runtime, open_runtime

# Every topic that some capability puts: each keeps a constant TOPICS, listed here as (*capability.TOPICS, …).
TOPICS: Final[tuple[str, ...]] = ()

# Topic → async function of a list of items. A plain function runs in one transaction with the removal of its items
# and may touch the database only; `Outside(function)` runs without a transaction and may call the outside (twice).
OUTBOX_HANDLERS: Final[Mapping[str, Handler | Outside]] = {}

# The personal data of every module: what the processing record prints, what export and erasure walk through.
PERSONAL: Final[tuple[PersonalData, ...]] = (files_personal.PERSONAL, consents_personal.PERSONAL)


class Incomplete(RuntimeError):
    """A declared topic has no handler, or a handler waits for a topic that nobody declares."""


def check(topics: tuple[str, ...] = TOPICS, handlers: Mapping[str, Handler | Outside] = OUTBOX_HANDLERS) -> None:
    """Raise Incomplete naming what is missing on either side."""
    lonely = sorted(set(topics) ^ set(handlers))
    if lonely:
        raise Incomplete(f"declared and handled topics differ: {', '.join(lonely)}")


@asynccontextmanager
async def assemble(settings: Settings, *, application: str = "wuwei") -> AsyncIterator[Runtime]:
    """Open everything a process needs; both doors, the command line and the journeys begin here."""
    check()
    async with open_runtime(settings, application=application) as runtime:
        yield runtime
