"""The owner's policy feed: 20 policies with answers and reasons, signed in, over 64 connections.

Reference: a bare Sanic handler that runs the same statement by raw asyncpg, without sign-in. Aim: at least 0.60 of it.
`cold_ms` is the first reading of an enterprise, when its answers are computed and stored. `growth`, in full size only:
the rate over 100 and 10 times as many enterprises, and over 10 and 100 times as many policies, as parts of the rate of
the smallest, each with a database of its own and all in turn; aim at least 1 / 1.3 for the enterprises.
"""

import http.client
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Final
from uuid import UUID

import orjson

from tests.benches.owners import Owner, bind, city, owners
from tests.benches.population import enterprise
from tests.benches.support import (
    IS_SMALL,
    House,
    Load,
    Program,
    database_of,
    get,
    house,
    interleaved,
    load,
    program,
    report,
)

AIM, AIM_GROWTH = 0.60, round(1 / 1.3, 3)
PAGE = 20
OWNERS = 32
COLD = 40
ENTERPRISES = 5_000 if IS_SMALL else 20_000
POLICIES = 50
ROUNDS, SECONDS = (3, 2.0) if IS_SMALL else (7, 4.0)
# Enterprises and policies; the first is what the others are measured by.
GROWTH: Final = ((10_000, 50), (100_000, 50), (1_000_000, 50), (10_000, 500), (10_000, 5_000))
GROWTH_ROUNDS, GROWTH_SECONDS = 5, 2.0
FIRST_S: Final = 60.0


def path_of(of: UUID) -> str:
    return f"/api/owner/v1/enterprises/{of}/policies?limit={PAGE}"


def cold(api: Program, token: str, enterprises: Sequence[UUID]) -> float:
    """Milliseconds of a first reading, the median over enterprises that nobody has read for."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", api.port), []
    for one in enterprises:
        began = time.perf_counter()
        connection.request("GET", path_of(one), headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        items = orjson.loads(answer.read())["items"]
        taken.append(1000 * (time.perf_counter() - began))
        assert (answer.status, len(items)) == (200, PAGE)
    connection.close()
    return statistics.median(taken)


def requests(people: Sequence[Owner]) -> list[str]:
    return [get(path_of(one.enterprise), authorization=f"Bearer {one.token}") for one in people]


def read_once(api: Program, asked: Sequence[str]) -> None:
    """Read each feed once, one after another, so that its answers are computed: thousands of policies take a while."""
    for one in asked:
        with socket.create_connection(("127.0.0.1", api.port), FIRST_S) as visitor:
            visitor.sendall(one.encode())
            assert visitor.recv(64).startswith(b"HTTP/1.1 200 ")


def main() -> None:
    with house() as made:
        city(made, ENTERPRISES, POLICIES)
        with program(made, "miniprogram_api") as api, program(made, "tests.benches.reference.feed") as bare:
            people = owners(made, api, OWNERS, ENTERPRISES)
            unread = [enterprise(number) for number in range(2, 2 + COLD)]
            bind(made, people[0], unread)
            first = cold(api, people[0].token, unread)
            signed = requests(people)
            load(api, signed, seconds=0.5)  # computes the answers that the bare handler then reads too
            plain = [get(f"/{one.person}/{one.enterprise}") for one in people]
            loads = interleaved(
                {
                    "subject": lambda: load(api, signed, seconds=SECONDS),
                    "reference": lambda: load(bare, plain, seconds=SECONDS),
                },
                rounds=ROUNDS,
            )
        grown = {} if IS_SMALL else growth(made)
    subject, reference = loads["subject"], loads["reference"]
    report(
        "feed",
        value=subject.rate,
        reference=reference.rate,
        unit="requests/s",
        aim=AIM,
        p50_ms=round(subject.p50, 2),
        p99_ms=round(subject.p99, 2),
        cold_ms=round(first, 2),
        enterprises=ENTERPRISES,
        policies=POLICIES,
        rounds=ROUNDS,
        **grown,
    )


def growth(of: House) -> dict[str, object]:
    """Return the rate of each size as a part of the smallest one's, measured in turn."""
    with ExitStack() as stack:
        served = {size: stack.enter_context(_city_of_its_own(of, *size)) for size in GROWTH}
        for api, asked in served.values():
            read_once(api, asked)
        loads = interleaved(
            {f"{size[0]}x{size[1]}": _loading(*one) for size, one in served.items()}, rounds=GROWTH_ROUNDS
        )
    base = loads["x".join(map(str, GROWTH[0]))].rate
    return {"growth": {name: round(one.rate / base, 3) for name, one in loads.items()}, "aim_growth": AIM_GROWTH}


@contextmanager
def _city_of_its_own(of: House, enterprises: int, policies: int) -> Iterator[tuple[Program, list[str]]]:
    own = replace(of, settings=database_of(of, f"feed_{enterprises}_{policies}"))
    city(own, enterprises, policies)
    with program(own, "miniprogram_api") as api:
        yield api, requests(owners(own, api, OWNERS, enterprises))


def _loading(api: Program, asked: Sequence[str]) -> Callable[[], Load]:
    return lambda: load(api, asked, seconds=GROWTH_SECONDS)


if __name__ == "__main__":
    main()
