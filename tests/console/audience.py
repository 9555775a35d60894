"""A policy that is published and owners who have not heard of it, behind a running installation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from tests.console.desk import WITHIN, Desk

TEMPLATE: Final = "policy_pushed"
CITATION: Final = {"document": "演示文件〔2026〕1号", "article": "第一条", "sentence": "存续的市场主体。"}
CONTENT: Final[dict[str, Any]] = {
    "doc_no": "演示文件〔2026〕1号",
    "issuer": "湖州市演示局",
    "level": "city",
    "region": "330500",
    "issued_on": "2026-01",
    "effective_from": "2026-01-01",
    "category": "税费",
    "action": "policies",
    "summary": "十人以下的小店可以减费。",
    "benefit": "减费一半。",
    "how_to_apply": "自行申报。",
    "verification": "excerpt",
    "rule": {"fact": "status", "op": "eq", "value": "active", "citation": CITATION},
}

# Whoever comes before a publication has found its people is told by it.
_SPREADING: Final = """
SELECT count(*) FROM outbox WHERE topic LIKE 'policies.%' AND state = 'pending' AND due_at <= now()
"""
_PERSONS: Final = "INSERT INTO persons (id, created_at) SELECT id, now() FROM unnest($1::uuid[]) AS p (id)"
_ADDRESSES: Final = """
INSERT INTO addresses (id, person_id, channel, account, openid, created_at, seen_at)
SELECT a.id, a.person_id, 'subscribe', $4, a.openid, now(), now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS a (id, person_id, openid)
"""
_CREDITS: Final = """
INSERT INTO credits (address_id, template_id, balance, updated_at)
SELECT a.id, t.template_id, 1, now() FROM unnest($1::uuid[]) AS a (id)
CROSS JOIN (SELECT template_id FROM message_templates WHERE title = '政策推送提醒' AND state = 'live' LIMIT 1) t
"""
_ENTRIES: Final = """
INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, at)
SELECT uuidv7(), address_id, template_id, 1, 1, 'popup', now() FROM credits WHERE address_id = ANY($1::uuid[])
"""
_BINDINGS: Final = """
INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
SELECT uuidv7(), p.id, e.id, 'manager', 'active', 'review', now()
FROM unnest($1::uuid[]) WITH ORDINALITY AS p (id, place)
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM enterprises WHERE status = 'active') e USING (place)
"""

_REST: Final = """
INSERT INTO channel_breakers (channel, state, until_at, changed_at)
VALUES ('subscribe', 'open', now() + interval '1 hour', now())
ON CONFLICT (channel) DO UPDATE SET state = 'open', until_at = EXCLUDED.until_at
"""
_SERVE: Final = "UPDATE channel_breakers SET state = 'closed', until_at = NULL WHERE channel = 'subscribe'"


async def published(desk: Desk, title: str) -> UUID:
    """Publish a policy for every live enterprise, written by one of the demo's people and released by another."""
    async with await desk.client("jingban") as writer, await desk.client("fuhe") as reviewer:
        answer = await writer.post("/policies", json={**CONTENT, "title": title})
        made = answer.raise_for_status()
        policy = made.json()["id"]
        submitted = await writer.post(f"/policies/{policy}/submit", headers=_version(made))
        submitted.raise_for_status()
        released = await reviewer.post(f"/policies/{policy}/publish", json={}, headers=_version(submitted))
        released.raise_for_status()
    await _spread(desk)
    return UUID(policy)


async def _spread(desk: Desk) -> None:
    """Wait until every publication has found its people."""
    async with asyncio.timeout(WITHIN):
        while await desk.database.fetchval(_SPREADING):
            await asyncio.sleep(0.05)


def _version(answer: httpx.Response) -> dict[str, str]:
    return {"If-Match": answer.headers["etag"]}


async def crowd(desk: Desk, count: int, *, allowing: int | None = None) -> list[str]:
    """Make owners of as many enterprises; the first `allowing` of them take one message each. Returns their openids.

    What was published before tells them nothing: each has his message left for what a test publishes.
    """
    await _spread(desk)
    wanted = {"prefix": uuid4().hex[:8], "count": count, "template_ids": [TEMPLATE], "credits_each": 1}
    async with httpx.AsyncClient(timeout=WITHIN) as http:
        answer = await http.post(f"{desk.running.sandbox}/control/owners/crowd", json=wanted)
    openids: list[str] = answer.raise_for_status().json()["openids"]
    people, addresses = [uuid4() for _ in openids], [uuid4() for _ in openids]
    with_credit = addresses[: count if allowing is None else allowing]
    account = desk.running.installation.settings().wechat_appid
    async with desk.database.acquire() as connection, connection.transaction():
        await connection.execute(_PERSONS, people)
        await connection.execute(_ADDRESSES, addresses, people, openids, account)
        await connection.execute(_CREDITS, with_credit)
        await connection.execute(_ENTRIES, with_credit)
        await connection.execute(_BINDINGS, people)
    return openids


@asynccontextmanager
async def resting(desk: Desk) -> AsyncIterator[None]:
    """Let WeChat be served nothing for a while, so that what is being sent stays under way."""
    await desk.database.execute(_REST)
    try:
        yield
    finally:
        await desk.database.execute(_SERVE)


async def received(desk: Desk, openids: list[str]) -> int:
    """Return how many of these got something on their phones; fails for one who got it twice."""
    async with httpx.AsyncClient(timeout=WITHIN) as http:
        answer = await http.get(f"{desk.running.sandbox}/control/messages", params={"limit": 10_000})
    got = [one["openid"] for one in answer.raise_for_status().json()["items"] if one["openid"] in set(openids)]
    assert len(got) == len(set(got))
    return len(got)
