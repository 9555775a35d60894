"""Load over raw sockets: keep-alive connections that each send the next request when the answer is there.

Reads one JSON object from standard input (port, requests, seconds, connections) and prints one: rate, p50 and p99 in
milliseconds, and how many answers were no success.
"""

import asyncio
import statistics
import sys
import time
from typing import Any

import orjson
import uvloop

PATIENCE = 20.0
_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Visitor(asyncio.Protocol):
    """One connection; it knows just enough HTTP to tell where an answer ends."""

    def __init__(self, requests: list[bytes], first: int, until: float) -> None:
        self._requests, self._at, self._until = requests, first, until
        self._buffer = b""
        self._began = 0.0
        self.waits: list[float] = []
        self.refused = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._requests[self._at % len(self._requests)])
        self._at += 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(_END)
        if head < 0:
            return
        length = self._buffer[:head].lower().rpartition(_LENGTH)[2].partition(b"\r\n")[0]
        if len(self._buffer) >= head + len(_END) + int(length):
            self._answered()

    def _answered(self) -> None:
        now = time.perf_counter()
        self.waits.append(now - self._began)
        self.refused += not self._buffer.startswith(b"HTTP/1.1 200 ")
        self._buffer = b""
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.refused += exc is not None
        if not self.done.done():
            self.done.set_result(None)


async def visit(asked: dict[str, Any]) -> dict[str, float]:
    requests = [one.encode() for one in asked["requests"]]
    began = time.perf_counter()
    until = began + asked["seconds"]
    loop = asyncio.get_running_loop()
    visitors = []
    for number in range(asked["connections"]):
        _, visitor = await loop.create_connection(
            lambda number=number: Visitor(requests, number, until),  # type: ignore[misc]
            "127.0.0.1",
            asked["port"],
        )
        visitors.append(visitor)
    async with asyncio.timeout(asked["seconds"] + PATIENCE):
        await asyncio.gather(*(visitor.done for visitor in visitors))
    waits = [wait for visitor in visitors for wait in visitor.waits]
    cuts = statistics.quantiles(waits, n=100)
    return {
        "rate": len(waits) / (time.perf_counter() - began),
        "p50": 1000 * cuts[49],
        "p99": 1000 * cuts[98],
        "refused": sum(visitor.refused for visitor in visitors),
    }


if __name__ == "__main__":
    told = uvloop.run(visit(orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps(told))
