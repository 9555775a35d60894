"""Tells a crowd of owners about a policy, as a command of the service would: `python -m tests.journeys.broadcasting`.

Arguments: the stand-in's address, how many owners, `prepare` or `tell`. Settings come from the environment.
"""

import asyncio
import sys

import httpx

from backend.assembly import assemble
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.notifications import Message, tell, templates
from backend.tables import MODELS

CHUNK = 50
TEMPLATE = "policy_pushed"
FIELDS = {
    "policy": "小微企业吸纳高校毕业生社保补贴",
    "enterprise": "湖州某某食品店",
    "deadline": "2026年12月31日前",
    "hint": "点击查看逐条说明",
}


async def prepare(sandbox: str, count: int) -> None:
    """Make the crowd at WeChat and in our tables, everyone with one credit."""
    settings = load_settings()
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        await templates.refresh()
        template = await db.fetch_value("SELECT template_id FROM message_templates WHERE title = '政策推送提醒'")
        crowd = {"prefix": "k", "count": count, "template_ids": [TEMPLATE], "credits_each": 1}
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{sandbox}/control/owners/crowd", json=crowd)
        openids = answer.raise_for_status().json()["openids"]
        now = clock.now()
        people = [(new_id(), new_id(), openid) for openid in openids]
        await db.copy_rows("persons", ["id", "created_at"], [(person, now) for person, _, _ in people])
        await db.copy_rows(
            "addresses",
            ["id", "person_id", "channel", "account", "openid", "created_at", "seen_at"],
            [(one, person, "subscribe", settings.wechat_appid, openid, now, now) for person, one, openid in people],
        )
        await db.copy_rows(
            "credits",
            ["address_id", "template_id", "balance", "updated_at"],
            [(one, template, 1, now) for _, one, _ in people],
        )
        await db.copy_rows(
            "credit_entries",
            ["id", "address_id", "template_id", "change", "balance", "reason", "at"],
            [(new_id(), one, template, 1, 1, "popup", now) for _, one, _ in people],
        )


async def broadcast() -> None:
    """One message to everyone, in several transactions."""
    async with assemble(load_settings()):
        people = [row["id"] for row in await db.fetch("SELECT id FROM persons ORDER BY id")]
        for start in range(0, len(people), CHUNK):
            chunk = people[start : start + CHUNK]
            async with db.transaction():
                await tell([Message("policy_matched", person, "policy:1", FIELDS) for person in chunk])


if __name__ == "__main__":
    asyncio.run(prepare(sys.argv[1], int(sys.argv[2])) if sys.argv[3] == "prepare" else broadcast())
