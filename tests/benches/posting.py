"""Requests that are each sent once, over raw keep-alive sockets, as fast as they are answered.

Reads one JSON object from standard input (port, requests, connections) and prints one: seconds, the 99th percentile in
milliseconds, and how many answers there were of each status.
"""

import asyncio
import statistics
import sys
import time
from collections import Counter, deque
from typing import Any

import orjson
import uvloop

PATIENCE = 120.0


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    if length:
        await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])


async def _connect(port: int, waiting: deque[bytes], seen: Counter[int], waits: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while waiting:
        began = time.perf_counter()
        writer.write(waiting.popleft())
        seen[await _answer(reader)] += 1
        waits.append(1000 * (time.perf_counter() - began))
    writer.close()


async def post(asked: dict[str, Any]) -> dict[str, Any]:
    waiting, seen, waits = deque(one.encode() for one in asked["requests"]), Counter[int](), list[float]()
    began = time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(_connect(asked["port"], waiting, seen, waits) for _ in range(asked["connections"])))
    taken = time.perf_counter() - began
    return {
        "seconds": taken,
        "p99": statistics.quantiles(waits, n=100)[98],
        "seen": {str(status): count for status, count in seen.items()},
    }


if __name__ == "__main__":
    told = uvloop.run(post(orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps(told))
