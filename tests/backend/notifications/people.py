"""Owners with phones: made in the stand-in and in our tables, and what one asks about them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications import Message, addresses, tell, templates
from backend.notifications import credits as ledger
from tests.support.sandbox import APPID, Sandbox

BROADCAST, SERVICE, URGENT = "policy_matched", "binding_result", "binding_added"
KEYS = {BROADCAST: "policy_pushed", SERVICE: "binding_result", URGENT: "binding_result"}
TITLES = {"policy_pushed": "政策推送提醒", "binding_result": "审核结果通知"}
SEND = "/cgi-bin/message/subscribe/send"
FIELDS = {
    "policy": "小微企业吸纳高校毕业生社保补贴",
    "enterprise": "湖州某某食品店",
    "deadline": "2026年12月31日前",
    "hint": "点击查看逐条说明",
    "matter": "绑定申请",
    "result": "已通过",
    "at": "2026-11-23 10:00",
    "note": "现在可以办理该企业的事项",
    "role": "管理人员",
}


@dataclass(frozen=True)
class Phone:
    person: UUID
    openid: str
    address: UUID


async def make_person() -> UUID:
    person = new_id()
    await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", person, clock.now())
    return person


def message(person: UUID, kind: str = BROADCAST, **given: Any) -> Message:
    return Message(**{"kind": kind, "recipient": person, "once": str(new_id()), "fields": FIELDS, **given})


async def say(*messages: Message) -> int:
    async with db.transaction():
        return await tell(messages)


async def deliveries(person: UUID | None = None) -> list[dict[str, Any]]:
    rows = await db.fetch("SELECT * FROM deliveries WHERE $1::uuid IS NULL OR person_id = $1 ORDER BY id", person)
    return [dict(row) for row in rows]


async def states(person: UUID | None = None) -> list[str]:
    return [row["state"] for row in await deliveries(person)]


async def reasons(person: UUID | None = None) -> list[tuple[str, str | None]]:
    return [(row["state"], row["reason"]) for row in await deliveries(person)]


async def balance(phone: Phone, kind: str = BROADCAST) -> int:
    found = await db.fetch_value(
        "SELECT balance FROM credits JOIN message_templates USING (template_id) WHERE address_id = $1 AND title = $2",
        phone.address,
        TITLES[KEYS[kind]],
    )
    return int(found or 0)


class Phones:
    """The stand-in's owners, and us."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def learn_templates(self) -> None:
        await templates.refresh()
        rows = await db.fetch("SELECT title, template_id FROM message_templates")
        by_title = {row["title"]: row["template_id"] for row in rows}
        self.ids = {kind: by_title[TITLES[key]] for kind, key in KEYS.items()}

    async def make(self, taps: int = 1, *, kind: str = BROADCAST, person: UUID | None = None) -> Phone:
        """An owner who allowed `taps` messages of a kind: WeChat knows it and we do."""
        person = person or await make_person()
        openid = self.sandbox.owner()
        phone = Phone(person, openid, await addresses.upsert(person, APPID, openid))
        await self.allow(phone, taps, kind)
        return phone

    async def allow(self, phone: Phone, taps: int, kind: str = BROADCAST) -> None:
        known = await balance(phone, kind) + taps
        self.sandbox.control("POST", f"owners/{phone.openid}/permits", template_id=KEYS[kind], credits=known)
        for _ in range(taps):
            await ledger.popup(APPID, phone.openid, [self.ids[kind]], [])

    async def crowd(self, count: int, taps: int = 1) -> list[Phone]:
        """Many at once, who allow `taps` broadcasts."""
        told = self.sandbox.control(
            "POST", "owners/crowd", prefix="o", count=count, template_ids=["policy_pushed"], credits_each=taps
        )
        openids: Sequence[str] = told["openids"]
        people, mine = [new_id() for _ in openids], [new_id() for _ in openids]
        moment = clock.now()
        await db.copy_rows("persons", ["id", "created_at"], [(one, moment) for one in people])
        rows = [(a, p, "subscribe", APPID, o, moment, moment) for a, p, o in zip(mine, people, openids, strict=True)]
        columns = ["id", "person_id", "channel", "account", "openid", "created_at", "seen_at"]
        await db.copy_rows("addresses", columns, rows)
        template = self.ids[BROADCAST]
        if taps:
            columns = ["address_id", "template_id", "balance", "updated_at"]
            await db.copy_rows("credits", columns, [(a, template, taps, moment) for a in mine])
            columns = ["id", "address_id", "template_id", "change", "balance", "reason", "at"]
            rows = [(new_id(), a, template, taps, taps, "popup", moment) for a in mine]
            await db.copy_rows("credit_entries", columns, rows)
        return [Phone(p, o, a) for p, o, a in zip(people, openids, mine, strict=True)]

    def received(self, phone: Phone | None = None) -> list[dict[str, Any]]:
        query = f"?limit=100000&openid={phone.openid}" if phone else "?limit=100000"
        items: list[dict[str, Any]] = self.sandbox.control("GET", f"messages{query}")["items"]
        return items

    def counts(self) -> Counter[str]:
        return Counter(item["openid"] for item in self.received())
