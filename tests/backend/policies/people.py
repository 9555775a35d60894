"""Staff who write and review, owners who are told, and policies small enough to see through."""

from datetime import date
from typing import Any
from uuid import UUID

from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.policies import service
from backend.policies.editing.content import PolicyContent
from backend.policies.editing.versions import Handled

WRITER = Actor(ActorKind.STAFF, UUID(int=1), "起草人", (Grant(Role.PUBLISHER),))
REVIEWER = Actor(ActorKind.STAFF, UUID(int=2), "审核人", (Grant(Role.REVIEWER),))
BOTH = Actor(ActorKind.STAFF, UUID(int=3), "兼任者", (Grant(Role.PUBLISHER), Grant(Role.REVIEWER)))
DESK = Actor(ActorKind.STAFF, UUID(int=4), "窗口", (Grant(Role.FRONT_DESK),))
OPERATOR = Actor(ActorKind.STAFF, UUID(int=5), "运维", (Grant(Role.SYSTEM_ADMINISTRATOR),))

CITATION = {"document": "演示文件〔2026〕1号", "article": "第一条", "sentence": "从业人数不超过规定人数的企业。"}


def leaf(fact: str, op: str, value: Any) -> dict[str, Any]:
    return {"fact": fact, "op": op, "value": value, "citation": CITATION}


UP_TO_TEN = leaf("employees", "le", 10)


def content(title: str = "小店减费", rule: dict[str, Any] | None = None, **given: Any) -> PolicyContent:
    return PolicyContent(
        **{
            "title": title,
            "doc_no": "演示文件〔2026〕1号",
            "issuer": "湖州市演示局",
            "level": "city",
            "region": "330500",
            "issued_on": "2026-01",
            "effective_from": date(2026, 1, 1),
            "effective_to": date(2099, 12, 31),
            "category": "税费",
            "action": "policies",
            "summary": "十人以下的小店可以减费。",
            "benefit": "减费一半。",
            "how_to_apply": "自行申报。",
            "verification": "excerpt",
            "rule": rule or UP_TO_TEN,
            **given,
        }
    )


async def published(title: str = "小店减费", rule: dict[str, Any] | None = None, **given: Any) -> Handled:
    """Take a policy the whole way, written by one and released by another."""
    made = await service.draft(content(title, rule, **given), actor=WRITER)
    handed = await service.submit(made.id, actor=WRITER)
    return await service.publish(made.id, actor=REVIEWER, version=handed.version)


async def owner(*enterprises: UUID, role: str = "manager", state: str = "active", **columns: Any) -> Actor:
    """Make a person who acts for enterprises."""
    person, moment = new_id(), clock.now()
    await db.execute("INSERT INTO persons (id, created_at) VALUES ($1, $2)", person, moment)
    for enterprise in enterprises:
        given = {
            "id": new_id(),
            "person_id": person,
            "enterprise_id": enterprise,
            "role": role,
            "state": state,
            "basis": "review",
            "created_at": moment,
            **({"ended_at": moment} if state in {"ended", "refused"} else {}),
            **({"prove_by": moment} if state == "read_only" else {}),
            **columns,
        }
        marks = ", ".join(f"${n + 1}" for n in range(len(given)))
        await db.execute(f"INSERT INTO bindings ({', '.join(given)}) VALUES ({marks})", *given.values())
    return Actor(ActorKind.OWNER, person)
