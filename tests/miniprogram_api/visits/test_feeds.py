"""A calendar over HTTP: shown once, read by its secret alone, unchanged it is not sent again, and not without end."""

import pytest
from icalendar import Calendar

from backend.access import Role
from backend.foundation import db
from backend.foundation.clock import Frozen
from miniprogram_api.visits.feeds import PATH, READS
from tests.factories.people import add_staff
from tests.support.api import Api
from tests.support.matrix import CSRF, World

FEEDS = "/api/staff/v1/visit-feeds"
_GRANT = """
INSERT INTO staff_grants (id, staff_id, role, districts, granted_at)
SELECT uuidv7(), $1, 'visitor', '{}', $2 WHERE NOT EXISTS (SELECT FROM staff_grants WHERE staff_id = $1)
"""

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
async def visitor(world: World, clock: Frozen) -> dict[str, str]:
    someone = world.staff[Role.VISITOR]
    await add_staff(staff_id=someone.id)
    await db.execute(_GRANT, someone.id, clock.now())
    return {"Cookie": f"wuwei_staff={someone.id}", "X-CSRF-Token": CSRF}


async def test_an_address_is_shown_once_and_read_without_a_session(known: Api, visitor: dict[str, str]) -> None:
    made = await known.post(FEEDS, json={"kind": "own"}, headers=visitor)
    assert made.status_code == 201
    address = made.json()["address"]
    listed = await known.get(FEEDS, headers=visitor)
    assert [one["kind"] for one in listed.json()["items"]] == ["own"]
    secret = address.partition("token=")[2]
    assert secret not in listed.text
    answer = await known.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert Calendar.from_ical(answer.content)["METHOD"] == "PUBLISH"
    tag = answer.headers["etag"]
    for sent in (tag, f'"other", W/{tag}'):
        again = await known.get(address, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await known.post(f"{FEEDS}/end", json={"kind": "own"}, headers=visitor)).status_code == 204
    gone = await known.get(address)
    assert (gone.status_code, gone.json()["code"]) == (404, "visits.feed_unknown")
    # Behind the question mark, which the log of requests leaves out.
    assert address.partition("?")[0] == PATH


@pytest.mark.parametrize("token", ["", "x", "a" * 101, "../../etc/passwd-----------", "é" * 43, "a" * 42 + "%00"])
async def test_what_is_no_secret_is_refused(known: Api, token: str) -> None:
    answer = await known.get(PATH, params={"token": token})
    assert answer.status_code == 422


async def test_nobody_guesses_or_reads_without_end(known: Api, visitor: dict[str, str]) -> None:
    assert (await known.get(PATH, params={"token": "a" * 43})).status_code == 404
    address = (await known.post(FEEDS, json={"kind": "busy"}, headers=visitor)).json()["address"]
    seen = [(await known.get(address)).status_code for _ in range(READS + 2)]
    assert seen == [200] * READS + [429] * 2
