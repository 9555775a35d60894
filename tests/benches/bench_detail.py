"""One policy with why it does not fit, clause by clause: signed in, over 64 connections.

Reference: a bare Sanic handler that reads the policy's row by raw asyncpg. Aim: at least 0.40 of it. `fitting` is the
rate of policies that fit or may fit, whose page also tells which others they exclude. The load reads the same pages
over and over, so their answers are at hand: `first_ms` is what the first reading of a page takes, one after another and
with its answer yet to be worked out, `again_ms` the second.
"""

import http.client
import statistics
import time
from collections.abc import Sequence

import httpx

from tests.benches.owners import Owner, city, owners
from tests.benches.support import IS_SMALL, Program, get, house, interleaved, load, program, report

AIM = 0.40
OWNERS, PAGES = 32, 8
POLICIES = 50
ENTERPRISES = 5_000 if IS_SMALL else 100_000
ROUNDS, SECONDS = (3, 2.0) if IS_SMALL else (7, 4.0)


def paths(api: Program, of: Owner, answer: str) -> list[tuple[str, str]]:
    """Return the pages of an owner's policies with this answer, each with the policy's id."""
    base = f"/api/owner/v1/enterprises/{of.enterprise}/policies"
    listed = httpx.get(
        f"{api.url}{base}", params={"answer": answer, "limit": PAGES}, headers={"Authorization": f"Bearer {of.token}"}
    )
    return [(f"{base}/{one['id']}", one["id"]) for one in listed.raise_for_status().json()["items"]]


def requests(api: Program, people: list[Owner], *answers: str) -> tuple[list[str], list[str]]:
    """Return the same pages as the service and as the bare handler are asked for them."""
    found = [(path, policy, one) for one in people for answer in answers for path, policy in paths(api, one, answer)]
    signed = [get(path, authorization=f"Bearer {one.token}") for path, _, one in found]
    return signed, [get(f"/{policy}") for _, policy, _ in found]


def one_after_another(api: Program, pages: Sequence[tuple[str, Owner]]) -> float:
    """Milliseconds of reading each page once over one connection: the median."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", api.port), []
    for path, reader in pages:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {reader.token}"})
        answer = connection.getresponse()
        answer.read()
        taken.append(1000 * (time.perf_counter() - began))
        assert answer.status == 200
    connection.close()
    return statistics.median(taken)


def main() -> None:
    with house() as made:
        city(made, ENTERPRISES, POLICIES)
        with program(made, "miniprogram_api") as api, program(made, "tests.benches.reference.detail") as bare:
            people = owners(made, api, OWNERS, ENTERPRISES)
            pages = [(path, one) for one in people for path, _ in paths(api, one, "no")]
            first, again = one_after_another(api, pages), one_after_another(api, pages)
            signed, plain = requests(api, people, "no")
            fitting, _ = requests(api, people, "yes", "maybe")
            loads = interleaved(
                {
                    "subject": lambda: load(api, signed, seconds=SECONDS),
                    "reference": lambda: load(bare, plain, seconds=SECONDS),
                    "fitting": lambda: load(api, fitting, seconds=SECONDS),
                },
                rounds=ROUNDS,
            )
    subject, reference = loads["subject"], loads["reference"]
    report(
        "detail",
        value=subject.rate,
        reference=reference.rate,
        unit="requests/s",
        aim=AIM,
        p50_ms=round(subject.p50, 2),
        p99_ms=round(subject.p99, 2),
        first_ms=round(first, 2),
        again_ms=round(again, 2),
        fitting=round(loads["fitting"].rate, 1),
        pages=len(signed),
        enterprises=ENTERPRISES,
        rounds=ROUNDS,
    )


if __name__ == "__main__":
    main()
