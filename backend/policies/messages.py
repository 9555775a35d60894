"""What policies tell people; the words never promise anything."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend.foundation import clock
from backend.notifications import Message


def deadline(until: date | None) -> str:
    """Return the last day in the words a template has room for (20 characters)."""
    return f"{until.year}年{until.month}月{until.day}日前" if until else "长期有效"


def matched(version: Mapping[str, Any], recipient: Mapping[str, Any], until: date | None) -> Message:
    """A policy that an enterprise of this person surely fits; one message whatever the number of his enterprises.

    `version` has id, policy_id, title; `recipient` has person_id, enterprise_id, its name, and how many there are.
    """
    more = recipient["enterprises"] > 1
    name: str = recipient["name"] + (f"等{recipient['enterprises']}家" if more else "")
    return Message(
        kind="policy_matched",
        recipient=recipient["person_id"],
        once=once(version["id"], recipient["person_id"]),
        fields={
            "policy": version["title"],
            "enterprise": name,
            "deadline": deadline(until),
            "hint": "可能符合，点开看逐条依据",
        },
        page=f"pages/policy/detail?id={version['policy_id']}&enterprise={recipient['enterprise_id']}",
        not_after=clock.day_start(until + timedelta(days=1)) if until else None,
        subject=version["id"],
        enterprise=recipient["enterprise_id"],
    )


def retracted(version: Mapping[str, Any], recipient: Mapping[str, Any], reason: str) -> Message:
    """A policy that this person was told of was withdrawn; it never counts as a push of something new."""
    return Message(
        kind="policy_retracted",
        recipient=recipient["person_id"],
        once=f"policy-retracted:{version['id']}:{recipient['person_id']}",
        fields={
            "policy": version["title"],
            "enterprise": recipient["name"],
            "note": reason,
            "hint": "已撤回，请勿再据此办理",
        },
        page=f"pages/policy/detail?id={version['policy_id']}&enterprise={recipient['enterprise_id']}",
        enterprise=recipient["enterprise_id"],
    )


def corrected(version: Mapping[str, Any], recipient: Mapping[str, Any], note: str) -> Message:
    """An edition corrects the one that this person was told of; he hears of it instead of a second match."""
    return Message(
        kind="policy_corrected",
        recipient=recipient["person_id"],
        once=f"policy-corrected:{version['id']}:{recipient['person_id']}",
        fields={
            "policy": version["title"],
            "enterprise": recipient["name"],
            "note": note,
            "hint": "内容有更正，请看更正说明",
        },
        page=f"pages/policy/detail?id={version['policy_id']}&enterprise={recipient['enterprise_id']}",
        subject=version["id"],
        enterprise=recipient["enterprise_id"],
    )


def once(version_id: UUID, person_id: UUID) -> str:
    """Name the message: each person hears of a version once, however he came to fit."""
    return f"policy:{version_id}:{person_id}"
