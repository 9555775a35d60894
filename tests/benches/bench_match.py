"""A rule to its frozen list of recipients: 100,000 persons found among 1,000,000 enterprises.

Reference: the bare INSERT … SELECT of the same rows, already found, into the same table. Aim: at most 3 times its time,
and 5 s. `preview_s` is the reviewer's preview of that rule before its release, `preview_hard_s` that of the real policy
with the most conditions (aim 2 s each); `changes_s` the first page of whom a next version would gain.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.assembly import assemble
from backend.eligibility import needed_facts
from backend.foundation import db
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.policies import service
from backend.policies.editing import audience, comparing
from backend.policies.editing.comparing import Change
from backend.policies.models import Policy, PolicyVersion
from backend.policies.rules import parse_stored
from backend.policies.telling import recipients
from backend.tables import MODELS
from tests.benches.population import leaf, populate, publish, publish_rules, with_rule
from tests.benches.support import IS_SMALL, House, house, report

AIM, AIM_S, AIM_PREVIEW_S = 3.0, 5.0, 2.0
ENTERPRISES, OWNERS, FOUND = (50_000, 25_000, 5_000) if IS_SMALL else (1_000_000, 500_000, 100_000)
ROUNDS = 3 if IS_SMALL else 5
REVIEWER: Final = Actor(ActorKind.STAFF, UUID(int=2), "复核员", (Grant(Role.REVIEWER),))

# About a fifth of the owners: small shops of a few years, in good standing.
RULE: Final = {
    "all": [
        leaf("region", "prefix", "3305"),
        leaf("status", "eq", "active"),
        leaf("entity_type", "eq", "individual_business"),
        leaf("is_small_or_micro", "eq", True),
        leaf("founded_on", "within", {"years": 5}),
        leaf("listings", "lacks_tag", ["abnormal", "seriously_illegal"]),
    ]
}


async def _seconds(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _empty() -> None:
    await db.execute("TRUNCATE policy_recipients")


async def found(version_id: UUID) -> tuple[float, float, int]:
    """Return the seconds of freezing and of the bare statement, and how many persons there are."""
    first = await recipients.freeze(version_id)
    await db.execute("CREATE TABLE bench_found AS TABLE policy_recipients")
    subject, reference = [], []
    for _ in range(ROUNDS):
        await _empty()
        subject.append(await _seconds(lambda: recipients.freeze(version_id)))
        await _empty()
        reference.append(await _seconds(lambda: db.execute("INSERT INTO policy_recipients SELECT * FROM bench_found")))
    assert await db.fetch_value("SELECT count(*) FROM policy_recipients") == first.count
    return statistics.median(subject), statistics.median(reference), first.count


async def hardest(policies: list[UUID]) -> UUID:
    """Return the policy whose rule asks for the most facts."""
    versions = await PolicyVersion.filter(policy_id__in=policies)
    return max(versions, key=lambda one: len(needed_facts(parse_stored(one.rule)))).policy_id


async def previewed(policy_id: UUID) -> float:
    return statistics.median([await _seconds(lambda: audience.preview(REVIEWER, policy_id)) for _ in range(ROUNDS)])


async def compared(policy_id: UUID) -> float:
    """Return the seconds of the first page of those whom a draft with a wider rule would gain."""
    policy = await Policy.get(id=policy_id)
    wider = with_rule({"all": [*RULE["all"][:4], leaf("founded_on", "within", {"years": 6})]})
    await service.edit(policy_id, wider, actor=SYSTEM, version=policy.version)
    return await _seconds(lambda: comparing.changes(REVIEWER, policy_id, change=Change.GAINS, limit=100))


async def measure(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        await populate(ENTERPRISES, OWNERS)
        (policy_id,) = await publish([with_rule(RULE)])
        hard = await hardest(await publish_rules(50))
        version = await PolicyVersion.get(policy_id=policy_id)
        subject, reference, persons = await found(version.id)
        assert persons >= FOUND, f"only {persons} persons were found"
        previews = [await previewed(policy_id), await previewed(hard)]
        changes = await compared(policy_id)
    report(
        "match",
        value=1000 * subject,
        reference=1000 * reference,
        unit="ms",
        aim=AIM,
        aim_s=AIM_S,
        persons=persons,
        preview_s=round(previews[0], 2),
        preview_hard_s=round(previews[1], 2),
        aim_preview_s=AIM_PREVIEW_S,
        changes_s=round(changes, 2),
        enterprises=ENTERPRISES,
        rounds=ROUNDS,
    )


if __name__ == "__main__":
    with house() as made:
        asyncio.run(measure(made))
