"""The owner's policy feed: 20 policies with answers and reasons, signed in, over 64 connections.

Reference: a bare Sanic handler that runs the same statement by raw asyncpg, without sign-in. Aim: at least 0.60 of it.
`cold_ms` is the first reading of an enterprise, when its answers are computed and stored.
"""

import asyncio
import http.client
import statistics
import time
from collections.abc import Sequence
from uuid import UUID

import httpx
import orjson

from backend import outbox
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.assembly import OUTBOX_HANDLERS, assemble
from backend.consents import text
from backend.enterprises.imports import import_registry
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.identity.signing_in import PURPOSE
from backend.policies import imports, service
from backend.policies.models import Policy, PolicyVersion
from backend.tables import MODELS
from operations.demo_data import demo_registry_csv
from tests.benches.support import IS_SMALL, House, Program, get, house, interleaved, load, program, report

AIM = 0.60
PAGE = 20
OWNERS = 32
COLD = 40
ENTERPRISES = 2_000 if IS_SMALL else 20_000
ROUNDS, SECONDS = (3, 2.0) if IS_SMALL else (7, 4.0)
REVIEWER = Actor(ActorKind.STAFF, UUID(int=2), "复核员", (Grant(Role.REVIEWER),))


async def fill(of: House) -> list[UUID]:
    """Load enterprises and the real policies, publish what is in force; returns the enterprises to read for."""
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    registry = of.directory / "registry.csv"
    await asyncio.to_thread(demo_registry_csv, registry, ENTERPRISES)
    async with assemble(settings):
        await import_registry(registry, actor=SYSTEM)
        await imports.import_policies(imports.REAL, actor=SYSTEM)
        for version in await PolicyVersion.filter(reference_only=False).order_by("id"):
            last = service.last_day(version.effective_to, version.apply_until)
            if last is None or last >= clock.today():
                await publish(version.policy_id)
        await outbox.drain(OUTBOX_HANDLERS)
        await db.execute("ANALYZE")
        rows = await db.fetch(
            "SELECT id FROM enterprises WHERE closed_at IS NULL ORDER BY uscc LIMIT $1", OWNERS + COLD
        )
    return [row["id"] for row in rows]


async def publish(policy_id: UUID) -> None:
    handed = await service.submit(policy_id, actor=SYSTEM)
    await service.publish(policy_id, actor=REVIEWER, version=handed.version)
    assert (await Policy.get(id=policy_id)).version > handed.version


def sign_in(of: House, api: Program) -> tuple[UUID, str]:
    """Sign a new owner in as the mini-program does; his id and token."""
    code = of.sandbox.login_code(of.sandbox.owner())
    body = {"code": code, "consent_version": text(PURPOSE).version, "client": "bench"}
    answer = httpx.post(f"{api.url}/api/owner/v1/sessions", json=body).raise_for_status().json()
    return UUID(answer["person_id"]), answer["token"]


async def bind(of: House, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Let each person act for his enterprise; how that is proved is no part of this bench."""
    async with assemble(load_settings(**of.settings)):
        people, enterprises = zip(*pairs, strict=True)
        await db.execute(
            "INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)"
            " SELECT b.id, b.person, b.enterprise, 'manager', 'active', 'review', now()"
            " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS b (id, person, enterprise)",
            [new_id() for _ in pairs],
            list(people),
            list(enterprises),
        )


def path_of(enterprise: UUID) -> str:
    return f"/api/owner/v1/enterprises/{enterprise}/policies?limit={PAGE}"


def cold(api: Program, token: str, enterprises: Sequence[UUID]) -> float:
    """Milliseconds of a first reading, the median over enterprises that nobody has read for."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", api.port), []
    for enterprise in enterprises:
        began = time.perf_counter()
        connection.request("GET", path_of(enterprise), headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        items = orjson.loads(answer.read())["items"]
        taken.append(1000 * (time.perf_counter() - began))
        assert (answer.status, len(items)) == (200, PAGE)
    connection.close()
    return statistics.median(taken)


def main() -> None:
    with house() as made:
        enterprises = asyncio.run(fill(made))
        with program(made, "miniprogram_api") as api, program(made, "tests.benches.reference.feed") as bare:
            owners = [sign_in(made, api) for _ in range(OWNERS)]
            pairs = [(person, enterprise) for (person, _), enterprise in zip(owners, enterprises, strict=False)]
            asyncio.run(bind(made, pairs + [(owners[0][0], one) for one in enterprises[OWNERS:]]))
            first = cold(api, owners[0][1], enterprises[OWNERS:])
            signed = [
                get(path_of(one), authorization=f"Bearer {token}")
                for (_, token), one in zip(owners, enterprises, strict=False)
            ]
            load(api, signed, seconds=0.5)  # computes the answers that the bare handler then reads too
            plain = [get(f"/{person}/{one}") for person, one in pairs]
            loads = interleaved(
                {
                    "subject": lambda: load(api, signed, seconds=SECONDS),
                    "reference": lambda: load(bare, plain, seconds=SECONDS),
                },
                rounds=ROUNDS,
            )
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
        rounds=ROUNDS,
    )


if __name__ == "__main__":
    main()
