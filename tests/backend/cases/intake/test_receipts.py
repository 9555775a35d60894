"""Whoever has no account gets a receipt and takes his case into his own list later."""

import asyncio
from typing import Any

import pytest

from backend.access import Role
from backend.cases import personal, queries
from backend.cases.errors import CaseUnknown, HasOwner, PhoneWrong, PlaceUnknown, ReceiptUsed, ReceiptWrong
from backend.cases.intake import contacts, receipts, registering
from backend.cases.intake.opening import Opened
from backend.foundation import db
from backend.foundation.errors import Invalid
from backend.foundation.ids import new_id
from tests.backend.cases.people import HELP, asker, clerk, opened, row

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _registered() -> tuple[Opened, receipts.Receipt]:
    desk = await clerk(Role.FRONT_DESK)
    made = await registering.register(
        category=HELP, title="拖欠货款", body="对方不付款", channel="counter", enterprise_id=None, person_id=None,
        district="330502", urgency="normal", take=True, files=[], actor=desk, contact=("钱店主", None),
    )  # fmt: skip
    return made, await receipts.make(made.id, actor=desk)


async def test_a_receipt_brings_the_case_to_its_owner() -> None:
    made, receipt = await _registered()
    person, _ = await asker()
    with pytest.raises(CaseUnknown):
        await queries.owners_detail(person, made.id)
    assert await receipts.claim(f" {receipt.number.lower()} ", receipt.code.lower(), actor=person) == made.id
    assert (await queries.owners_detail(person, made.id))["number"] == receipt.number
    with pytest.raises(ReceiptUsed):
        await receipts.claim(receipt.number, receipt.code, actor=(await asker(2))[0])


async def test_the_code_is_nowhere_in_the_database() -> None:
    _, receipt = await _registered()
    stored = await db.fetch_one("SELECT to_jsonb(r)::text AS told FROM case_receipts r")
    assert stored
    assert receipt.code not in stored["told"]


async def test_of_many_who_know_the_code_one_gets_it() -> None:
    made, receipt = await _registered()
    people = [(await asker(number))[0] for number in range(1, 4)]
    got = await asyncio.gather(
        *(receipts.claim(receipt.number, receipt.code, actor=one) for one in people), return_exceptions=True
    )
    assert sum(one == made.id for one in got) == 1
    assert (await row(made.id)).person_id in {one.id for one in people}


async def test_nobody_spoils_a_strangers_receipt_by_guessing() -> None:
    made, receipt = await _registered()
    stranger, (person, _) = (await asker(2))[0], await asker()
    guesses = (receipts.claim(receipt.number, "ZZZZZZZZ", actor=stranger) for _ in range(20))
    refused = await asyncio.gather(*guesses, return_exceptions=True)
    assert {type(one) for one in refused} == {ReceiptWrong}
    assert await receipts.claim(receipt.number, receipt.code, actor=person) == made.id


async def test_a_new_receipt_makes_the_one_before_void() -> None:
    made, receipt = await _registered()
    person, _ = await asker()
    again = await receipts.make(made.id, actor=await clerk(Role.FRONT_DESK))
    with pytest.raises(ReceiptWrong):
        await receipts.claim(receipt.number, receipt.code, actor=person)
    assert await receipts.claim(again.number, again.code, actor=person) == made.id


async def test_an_owners_case_needs_no_receipt() -> None:
    person, place = await asker()
    with pytest.raises(HasOwner):
        await receipts.make(await opened(person, place), actor=await clerk(Role.FRONT_DESK))


async def test_nothing_is_registered_for_whom_the_clerk_does_not_see() -> None:
    _, place = await asker()
    elsewhere = await clerk(Role.FRONT_DESK, districts=("330503",))
    for enterprise_id, person_id in ((place, None), (None, new_id())):
        with pytest.raises(PlaceUnknown):
            await registering.register(
                category=HELP, title="标题", body="正文", channel="phone", enterprise_id=enterprise_id,
                person_id=person_id, district=None, urgency="normal", take=False, files=[], actor=elsewhere,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("district", "contact", "field"),
    [
        ("999999", ("钱店主", None), "district"),
        ("33", ("钱店主", None), "district"),
        ("3305", ("钱店主", None), "district"),
        ("330502", None, "contact.name"),
    ],
)
async def test_nothing_is_registered_elsewhere_or_for_nobody(
    district: str, contact: tuple[str, None] | None, field: str
) -> None:
    desk = await clerk(Role.FRONT_DESK)
    told: dict[str, Any] = {"category": HELP, "title": "标题", "body": "正文", "channel": "phone", "urgency": "normal"}
    with pytest.raises(Invalid) as refused:
        await registering.register(
            **told, enterprise_id=None, person_id=None, district=district, take=False, files=[], actor=desk,
            contact=contact,
        )  # fmt: skip
    assert [one.path for one in refused.value.fields] == [field]
    assert await db.fetch_value("SELECT count(*) FROM cases") == 0


async def test_whoever_has_no_account_is_named_sealed_and_shown_for_a_reason() -> None:
    desk = await clerk(Role.FRONT_DESK)
    told: dict[str, Any] = {
        "category": HELP,
        "title": "拖欠货款",
        "body": "对方不付款",
        "channel": "counter",
        "enterprise_id": None,
    }
    more: dict[str, Any] = {
        "person_id": None,
        "district": None,
        "urgency": "normal",
        "take": True,
        "files": [],
        "actor": desk,
    }
    made = await registering.register(**told, **more, contact=("钱店主", "138 0000 0001"))
    assert made.state == "in_progress"
    assert (await queries.staff_detail(desk, made.id))["contact"] == {"name": "钱**", "phone": "138****0001"}
    assert await contacts.reveal(made.id, "回访", actor=desk) == {"name": "钱店主", "phone": "13800000001"}
    trail = await db.fetch("SELECT detail::text AS told FROM audit_entries WHERE action = 'cases.contact_revealed'")
    assert ["回访" in one["told"] for one in trail] == [True]
    with pytest.raises(PhoneWrong):
        await registering.register(**told, **more, contact=("钱店主", "12"))


async def test_who_leaves_takes_the_name_and_phone_of_the_counter_with_him() -> None:
    desk, (person, _) = await clerk(Role.FRONT_DESK), await asker()
    claimed, other = await opened(), await opened()
    for case_id in (claimed, other):
        await contacts.keep(case_id, "钱店主", "13800000001", actor=desk)
    printed = await receipts.make(claimed, actor=desk)
    await receipts.claim(printed.number, printed.code, actor=person)
    async with db.transaction():
        await personal.erase(person.id)  # type: ignore[arg-type]
    assert [one["id"] for one in await db.fetch("SELECT id FROM case_contacts")] == [other]
