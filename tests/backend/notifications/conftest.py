"""Owners with phones, whose deliveries move as the lifecycle allows, or the statement that moved one fails."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications.states import DELIVERY, DeliveryState
from backend.runtime import Runtime
from tests.backend.notifications.people import Phones
from tests.backend.notifications.pushing import Door, opened
from tests.backend.notifications.reaching import Reachable, channels
from tests.support.running import make_settings, run
from tests.support.sandbox import Sandbox

_GUARD = """
CREATE FUNCTION guard_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.state <> old.state AND new.state <> ALL (%s) THEN
        RAISE EXCEPTION 'a delivery moved from %% to %%', old.state, new.state;
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER guard BEFORE UPDATE ON deliveries FOR EACH ROW EXECUTE FUNCTION guard_delivery();
"""


def _allowed() -> str:
    moves = {one: [other for other in DeliveryState if DELIVERY.allows(one, other)] for one in DeliveryState}
    lines = (
        f"WHEN '{one}' THEN ARRAY[{', '.join(map(repr, map(str, others)))}]::text[]" for one, others in moves.items()
    )
    return f"CASE old.state {' '.join(lines)} END"


@pytest.fixture
async def lifecycle(database: str) -> AsyncIterator[None]:
    await db.execute(_GUARD % _allowed())
    yield
    await db.execute("DROP TRIGGER guard ON deliveries; DROP FUNCTION guard_delivery()")


@pytest.fixture
async def phones(lifecycle: None, connected: Runtime, sandbox: Sandbox, clock: Frozen) -> Phones:
    """Owners' phones over the stand-in, with its templates known to us."""
    made = Phones(sandbox)
    await made.learn_templates()
    return made


@pytest.fixture
async def door(phones: Phones, connected: Runtime, clock: Frozen) -> AsyncIterator[Door]:
    """Our callback door, to which the stand-in pushes its events."""
    async with opened(phones, connected, clock) as made:
        yield made


@pytest.fixture
async def everywhere(database: str, redis: Redis, redis_url: str, sandbox: Sandbox) -> AsyncIterator[Runtime]:
    """The service's runtime with every channel open: the mini-program, the service account and text messages."""
    async with run(make_settings(database, redis_url, **channels(sandbox)), redis) as made:
        yield made


@pytest.fixture
async def people(lifecycle: None, everywhere: Runtime, sandbox: Sandbox, clock: Frozen) -> Reachable:
    """Owners who are reached by more than their mini-program."""
    made = Reachable(sandbox)
    await made.learn_templates()
    return made
