"""What staff are told of cases that come to them, go on, or that nobody can be given."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.notifications import staff_notices
from backend.notifications.staff_notices import Holders

HANDLE: Final = "cases.handle"
ASSIGN: Final = "cases.assign"
DECIDE: Final = "cases.decide"
GIVEN: Final = "assignment"
FEW: Final = 10
"""So many cases are told one by one; of more each hears once that his list has grown."""
_GIVEN_LIST: Final = "cases_given"
_UNASSIGNED_LIST: Final = "cases_unassigned"
ALL: Final = (
    "case_due_soon", "case_overdue", "case_supervised", "case_replied", "case_refused", "assignment", "case_unassigned",
    "case_transferred", "case_not_accepted",
)  # fmt: skip
"""Every notice that asks somebody to act on a case: settled when it ends."""
_DUE: Final = ("case_due_soon", "case_overdue", "case_supervised", "case_replied", "case_refused")
_RATED: Final = ("case_rated_bad", "case_task_overdue")
_WROTE: Final = "case_replied"
_TOGETHER: Final = timedelta(minutes=10)
_MORE: Final = "SELECT count(*) FROM case_events WHERE case_id = $1 AND actor_kind = 'owner' AND at > $2"
_HOLDERS: Final = """
SELECT DISTINCT handler_id FROM cases WHERE state = 'assigned' AND handler_id IS NOT NULL AND closed_at IS NULL
"""
_PLACES: Final = """
SELECT DISTINCT district, unit_id FROM cases WHERE unassigned_at IS NOT NULL AND handler_id IS NULL
    AND closed_at IS NULL AND merged_into IS NULL
"""
_WAITED: Final = (GIVEN, "case_unassigned", "case_transferred", "case_not_accepted")


def _fields(case: Mapping[str, Any]) -> dict[str, str]:
    return {"number": case["number"], "title": case["title"], "case_id": str(case["id"])}


def told_at(at: datetime | None) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%m月%d日 %H:%M}" if at else "办理时限"


async def given(case: Mapping[str, Any], to: UUID, until: datetime | None, *, by: UUID | None = None) -> None:
    """Tell somebody that a case was given or handed to him; `case`: {id, number, title, version}."""
    fields = {
        "matter": f"{case['number']}“{case['title']}”",
        "until": told_at(until),
        "page": f"/cases/{case['id']}",
    }
    once = f"case-given:{case['id']}:{case['version']}"
    await staff_notices.tell(GIVEN, [to], fields=fields, once=once, subject=case["id"], but=[by])


async def given_many(given_to: Sequence[tuple[Mapping[str, Any], UUID, datetime | None]]) -> None:
    """Tell everybody what he was given; of a long list everybody once, however much of it is his."""
    if len(given_to) <= FEW:
        for case, to, until in given_to:
            await given(case, to, until)
        return
    lists: dict[UUID, list[datetime | None]] = {}
    for _, to, until in given_to:
        lists.setdefault(to, []).append(until)
    for to, moments in lists.items():
        fields = {"count": str(len(moments)), "until": told_at(min((at for at in moments if at), default=None))}
        await staff_notices.tell(_GIVEN_LIST, [to], fields=fields, once=f"cases-given:{new_id()}", subject=to)


async def unassigned(cases: Sequence[Mapping[str, Any]], permission: str = ASSIGN) -> None:
    """Tell who assigns work that nobody fits these cases; of many in one place at once."""
    places: dict[tuple[str | None, UUID | None], list[Mapping[str, Any]]] = {}
    for case in cases:
        places.setdefault((case["district"], case["unit_id"]), []).append(case)
    for (district, unit_id), some in places.items():
        holders = Holders(permission, district, unit_id)
        for case in some if len(some) <= FEW else ():
            fields = {**_fields(case), "count": "1"}
            once = f"case-unassigned:{case['id']}:{case['version']}"
            await staff_notices.tell("case_unassigned", holders, fields=fields, once=once, subject=case["id"])
        if len(some) > FEW:
            told: dict[str, Any] = {
                "fields": {**_fields(some[0]), "count": str(len(some))},
                "once": f"cases-unassigned:{some[0]['id']}:{some[0]['version']}",
                "subject": _list_of(district, unit_id),
            }
            await staff_notices.tell(_UNASSIGNED_LIST, holders, **told)


def _list_of(district: str | None, unit_id: UUID | None) -> UUID:
    """Return the name by which the list of a place is settled."""
    return uuid5(NAMESPACE_OID, f"cases-unassigned:{district}:{unit_id}")


async def settle_lists() -> None:
    """Note of lists that are empty by now that nothing is asked of them any more."""
    async with db.transaction():
        people = [row["handler_id"] for row in await db.fetch(_HOLDERS)]
        await staff_notices.settle_all_but(people, _GIVEN_LIST)
        places = [_list_of(row["district"], row["unit_id"]) for row in await db.fetch(_PLACES)]
        await staff_notices.settle_all_but(places, _UNASSIGNED_LIST)


async def offer_answered(case: Mapping[str, Any], handler: UUID, who: str, what: str) -> None:
    """Tell a handler what became of his offer; he answers for the case until another has accepted it."""
    fields = {**_fields(case), "who": who, "what": what}
    once = f"case-offer:{case['id']}:{case['version']}"
    await staff_notices.tell("case_offer_answered", [handler], fields=fields, once=once, subject=case["id"])


async def transferred(case: Mapping[str, Any], unit: str, until: datetime, *, by: UUID | None) -> None:
    """Tell the unit to which a case was transferred: who assigns there, or everybody where nobody does."""
    fields = {**_fields(case), "unit": unit or "其他单位", "until": told_at(until)}
    once = f"case-transferred:{case['id']}:{case['version']}"
    told = 0
    for permission in (ASSIGN, HANDLE):
        holders = Holders(permission, case["district"], case["unit_id"])
        told = told or await staff_notices.tell(
            "case_transferred", holders, fields=fields, once=once, subject=case["id"], but=[by]
        )


async def sent_back(case: Mapping[str, Any], to: Sequence[UUID], unit: str, reason: str) -> None:
    fields = {**_fields(case), "unit": unit, "reason": reason}
    once = f"case-sent-back:{case['id']}:{case['version']}"
    if not await staff_notices.tell("case_sent_back", to, fields=fields, once=once, subject=case["id"]):
        holders = Holders(ASSIGN, case["district"], case["unit_id"])
        await staff_notices.tell("case_sent_back", holders, fields=fields, once=once, subject=case["id"])


async def not_accepted(case: Mapping[str, Any]) -> None:
    """Tell superiors that nobody takes a case, though it was given to others."""
    once = f"case-not-accepted:{case['id']}:{case['version']}"
    holders = Holders(DECIDE, case["district"], case["unit_id"])
    await staff_notices.tell("case_not_accepted", holders, fields=_fields(case), once=once, subject=case["id"])


async def owner_wrote(case: Mapping[str, Any], handler: UUID, what: str, once: str) -> None:
    """Tell a handler what an owner has done; what comes within a few minutes is counted in the notice still unread.

    `once` names the act. Its event is written before.
    """
    notice = await staff_notices.unread(_WROTE, handler, case["id"], _TOGETHER)
    if notice is None:
        fields = {**_fields(case), "what": what}
        await staff_notices.tell(_WROTE, [handler], fields=fields, once=once, subject=case["id"])
        return
    more = await db.fetch_value(_MORE, case["id"], notice.since)
    await notice.rewrite({**_fields(case), "what": f"{what}（共{more + 1}条）"})


async def answered(case_id: UUID) -> None:
    """Note that whatever asked for an answer has got it."""
    await staff_notices.settle([case_id], *_DUE)


async def replied(case_id: UUID) -> None:
    """Note that what its owner wrote last is written back to."""
    await staff_notices.settle([case_id], "case_replied")


async def ended(case_id: UUID) -> None:
    """Note that nobody needs to act on a case any more."""
    await staff_notices.settle([case_id], *ALL)


async def put_right(case_id: UUID) -> None:
    """Note that a bad rating asks for nothing any more."""
    await staff_notices.settle([case_id], *_RATED)


async def settle(case_ids: Sequence[UUID]) -> None:
    """Note that what was asked about these cases is done: they have found, or left, whoever it was told to."""
    await staff_notices.settle(case_ids, *_WAITED)
