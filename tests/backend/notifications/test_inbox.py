"""What an owner was told: newest first, page by page, his alone; exported and erased with him."""

import orjson
import pytest

from backend.foundation import db
from backend.foundation.ids import new_id
from backend.foundation.paging import WrongCursor
from backend.notifications import credits as ledger
from backend.notifications import inbox, personal
from backend.notifications.delivering import deliver
from tests.backend.notifications.people import BROADCAST, Phones, deliveries, make_person, message, say


async def test_pages_are_newest_first_and_nobody_elses(phones: Phones) -> None:
    mine, other = await make_person(), await make_person()
    await say(*(message(mine, page=f"p{n}") for n in range(7)), message(other))
    seen, cursor = [], None
    while True:
        told = orjson.loads(await inbox.page(mine, cursor=cursor, limit=3))
        seen += [entry["page"] for entry in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == [f"p{n}" for n in reversed(range(7))]


async def test_a_made_up_cursor_is_refused(phones: Phones) -> None:
    with pytest.raises(WrongCursor):
        await inbox.page(new_id(), cursor="' OR 1=1")


async def test_reading_counts_once_and_only_ones_own(phones: Phones) -> None:
    mine, other = await make_person(), await make_person()
    await say(message(mine), message(mine), message(other))
    ids = [row["id"] for row in await deliveries()]
    assert await inbox.unread(mine) == 2
    assert await inbox.mark_read(mine, [*ids, new_id()]) == 2
    assert await inbox.mark_read(mine, ids) == 0
    assert (await inbox.unread(mine), await inbox.unread(other)) == (0, 1)


async def test_a_person_gets_a_copy_and_is_forgotten_and_may_come_back(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    await say(message(phone.person, page="pages/policy"))
    await deliver()
    await say(message(phone.person))
    copy = await personal.export(phone.person)
    assert [len(copy[name]) for name in ("addresses", "inbox", "deliveries", "subscriptions")] == [1, 2, 2, 1]
    assert await personal.erase(phone.person) > 0
    for name in ("inbox", "deliveries"):
        assert (await personal.export(phone.person))[name] == []
    rows = await deliveries()
    assert [(row["state"], row["data"], row["page"]) for row in rows] == [
        ("sent", "{}", None),
        ("cancelled", "{}", None),
    ]
    assert phone.openid not in str([dict(row) for row in await db.fetch("SELECT * FROM addresses")])
    assert await personal.erase(phone.person) == 0
    again = await phones.make(taps=1, kind=BROADCAST)
    await say(message(again.person))
    await deliver()
    assert (await deliveries())[-1]["state"] == "sent"
    assert await ledger.drift() == []
