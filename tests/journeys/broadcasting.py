"""What staff and the service do in the story of the kills: `python -m tests.journeys.broadcasting <step> <numbers>`.

`prepare <stand-in> <people>`: a town of owners, one shop each, with credits, and a published policy that surely fits
every one of them. `release`: that policy is broadcast as staff do it, frozen by one and released by another. `tell
<people> <messages> <seed>`: service messages to some of them, told by short commands, each of them tried again until
it is answered. Settings come from the environment.
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import httpx
from tortoise.exceptions import DBConnectionError

from backend.access import Actor, ActorKind, Grant, Role
from backend.assembly import BROADCAST_ORIGINS, assemble
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.notifications import Message, broadcasts, tell, templates
from backend.tables import MODELS
from tests.benches.population import leaf, person, populate, publish, with_rule

CREDITS: Final = 2
"""Of each template, for everyone; taps in the course of the story bring more."""
KEYS: Final = ("policy_pushed", "binding_result")
"""The stand-in's names of the templates of the broadcast and of the service messages."""
TITLES: Final = ("政策推送提醒", "审核结果通知")
ORIGIN: Final = "policies"
PREPARER: Final = Actor(ActorKind.STAFF, UUID(int=11), "准备人", (Grant(Role.PUBLISHER),))
RELEASER: Final = Actor(ActorKind.STAFF, UUID(int=12), "放行人", (Grant(Role.REVIEWER),))

_AT_ONCE: Final = 10
_PAUSE: Final = 0.5
_SERVICE: Final = {"result": "已通过", "at": "2026-11-23 10:00", "enterprise": "湖州某某食品店", "note": "请查看"}
_TEMPLATES: Final = "SELECT template_id FROM message_templates WHERE title = ANY($1::text[]) AND state = 'live'"
_POLICY: Final = "SELECT id FROM policies"
_DIGEST: Final = "SELECT digest FROM broadcasts WHERE id = $1"


async def prepare(sandbox: str, people: int) -> None:
    """Make the town at WeChat and in our tables."""
    settings = load_settings()
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        await populate(people, owners=people)
        await publish([with_rule(leaf("entity_type", "in", list(CATALOGUE["entity_type"].choices)))])
        await templates.refresh()
        await _reach([person(number) for number in range(1, people + 1)], await _crowd(sandbox, people))
        await db.execute("ANALYZE")


async def _crowd(sandbox: str, people: int) -> list[str]:
    crowd = {"prefix": "k", "count": people, "template_ids": KEYS, "credits_each": CREDITS}
    async with httpx.AsyncClient(timeout=60) as http:
        answer = await http.post(f"{sandbox}/control/owners/crowd", json=crowd)
    return list(answer.raise_for_status().json()["openids"])


async def _reach(people: Sequence[UUID], openids: Sequence[str]) -> None:
    """Give everyone a phone and its credits, as their popup events would have."""
    now, account = clock.now(), load_settings().wechat_appid
    phones = [(new_id(), one, openid) for one, openid in zip(people, openids, strict=True)]
    allowed = [(one, row["template_id"]) for one, *_ in phones for row in await db.fetch(_TEMPLATES, TITLES)]
    await _copy(
        "addresses",
        "id person_id channel account openid created_at seen_at",
        [(one, owner, "subscribe", account, openid, now, now) for one, owner, openid in phones],
    )
    await _copy("credits", "address_id template_id balance updated_at", [(*pair, CREDITS, now) for pair in allowed])
    await _copy(
        "credit_entries",
        "id address_id template_id change balance reason at",
        [(new_id(), *pair, CREDITS, CREDITS, "popup", now) for pair in allowed],
    )


async def _copy(table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    await db.copy_rows(table, columns.split(), rows)


async def release() -> None:
    """Broadcast the policy as staff do it: one prepares and freezes, another releases what he has seen."""
    async with assemble(load_settings()):
        policy = await db.fetch_value(_POLICY)
        made = await broadcasts.create(BROADCAST_ORIGINS, ORIGIN, policy, broadcasts.NOW, actor=PREPARER)
        await broadcasts.freeze(made, BROADCAST_ORIGINS, actor=PREPARER)
        await broadcasts.release(made, await db.fetch_value(_DIGEST, made), actor=RELEASER)


async def tell_some(people: int, messages: int, seed: int) -> None:
    """Tell service messages, a few a command, while servers come and go."""
    chance = random.Random(seed)
    # Each once before anybody has a second one: those wait for one another when nobody knows what became of the first.
    order = [one for _ in range(1 + messages // people) for one in chance.sample(range(1, people + 1), people)]
    told = [_message(number, person(one)) for number, one in enumerate(order[:messages])]
    async with assemble(load_settings()):
        for start in range(0, messages, _AT_ONCE):
            await _surely(told[start : start + _AT_ONCE])
            await asyncio.sleep(_PAUSE)


def _message(number: int, recipient: UUID) -> Message:
    return Message("binding_result", recipient, f"kills:{number}", {"matter": f"绑定申请{number}", **_SERVICE})


async def _surely(messages: Sequence[Message]) -> None:
    """Tell, and tell again when nobody can say whether it was kept: what was is told once all the same."""
    while True:
        try:
            async with db.transaction():
                await tell(messages)
        except (*db.TRANSIENT, DBConnectionError):
            await asyncio.sleep(_PAUSE)
        else:
            return


if __name__ == "__main__":
    step, *numbers = sys.argv[1:]
    if step == "prepare":
        asyncio.run(prepare(numbers[0], int(numbers[1])))
    elif step == "release":
        asyncio.run(release())
    else:
        asyncio.run(tell_some(*map(int, numbers)))
