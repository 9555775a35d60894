"""Files on their way in."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from backend.access import Actor
from backend.foundation.errors import Invalid
from miniprogram_api import uploads
from miniprogram_api.idempotency import Turns
from tests.miniprogram_api.examples import OWNER_A, OWNER_B


def _request(app: Any, actor: Actor, pieces: AsyncIterator[bytes]) -> Any:
    ctx = SimpleNamespace(actor=actor, address="")
    return SimpleNamespace(app=app, ctx=ctx, stream=pieces, body=b"", headers={}, files=None)


async def _never() -> AsyncIterator[bytes]:
    await asyncio.sleep(3_600)
    yield b""


async def _quick() -> AsyncIterator[bytes]:
    yield b"x"


async def test_slow_uploads_of_one_sender_leave_the_others_their_turn() -> None:
    app = SimpleNamespace(ctx=SimpleNamespace(turns=Turns(), uploads=asyncio.Semaphore(uploads.AT_ONCE)))
    slow = [asyncio.create_task(uploads.receive(_request(app, OWNER_A, _never()))) for _ in range(uploads.AT_ONCE)]
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        with pytest.raises(Invalid):  # it was read, and held no form
            await uploads.receive(_request(app, OWNER_B, _quick()))
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
