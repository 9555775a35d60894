"""A burst of 10,000 pushes of WeChat, each repeated once, against one API process: every answer, and the rows stored.

Value: the slowest answer in milliseconds, with 64 pushes in flight. Reference: the second within which WeChat's
documentation and ours want an answer (it disconnects after five and comes again). Nothing may be lost or stored twice.
"""

import asyncio
import secrets
import statistics
import time
from collections.abc import Sequence
from typing import Any, Final

import aiohttp
import asyncpg

from backend.foundation.migrations import migrate
from backend.foundation.settings import Settings, load_settings
from backend.tables import MODELS
from tests.benches.support import CONNECTIONS, IS_SMALL, House, Program, house, program, report
from tests.support.pushes import Pusher

EVENTS: Final = 1_000 if IS_SMALL else 10_000
LIMIT_MS: Final = 1_000.0
PATH: Final = "/wechat/events/miniprogram"

Push = tuple[dict[str, str], bytes]


def _event(number: int) -> dict[str, Any]:
    item = {"TemplateId": "t" * 43, "MsgID": str(number), "ErrorCode": "0", "ErrorStatus": "success"}
    envelope = {"ToUserName": "gh_0", "FromUserName": f"o{number:027d}", "CreateTime": int(time.time())}
    return {**envelope, "MsgType": "event", "Event": "subscribe_msg_sent_event", "List": item}


def pushes(settings: Settings) -> list[Push]:
    """Each event twice, signed anew, in no order."""
    pusher, events = Pusher.of(settings), [_event(number) for number in range(EVENTS)]
    made = [pusher.push(event) for event in events for _ in range(2)]
    secrets.SystemRandom().shuffle(made)
    return made


async def burst(on: Program, made: Sequence[Push]) -> list[float]:
    """Send all of them, so many at once; milliseconds that each waited."""
    waits: list[float] = []
    left = iter(made)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def sender() -> None:
            for query, body in left:
                began = time.perf_counter()
                async with http.post(on.url + PATH, params=query, data=body) as answer:
                    if await answer.text() != "success":
                        raise SystemExit(f"a push was answered {answer.status}")
                waits.append(1000 * (time.perf_counter() - began))

        await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return waits


async def stored(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM callback_events"))
    finally:
        await connection.close()


def measure(of: House) -> None:
    settings = load_settings(**of.settings)
    asyncio.run(migrate(settings.database_url, MODELS))
    with program(of, "miniprogram_api") as api:
        made = pushes(settings)
        began = time.perf_counter()
        waits = sorted(asyncio.run(burst(api, made)))
        rate = len(made) / (time.perf_counter() - began)
    kept = asyncio.run(stored(settings.database_url))
    if kept != EVENTS:
        raise SystemExit(f"{EVENTS} events were pushed, {kept} are stored")
    p99, p50 = waits[len(waits) * 99 // 100], statistics.median(waits)
    told = {"p99_ms": round(p99, 1), "p50_ms": round(p50, 1), "rate": round(rate), "pushes": len(made)}
    report("callbacks", value=waits[-1], reference=LIMIT_MS, unit="ms", **told)


if __name__ == "__main__":
    with house() as ours:
        measure(ours)
