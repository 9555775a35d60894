"""Calendars by address: read back by the library, line by line as the standard wants them, and only by who holds it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar, Event

from backend.access import Actor
from backend.foundation import db
from backend.foundation.clock import SHANGHAI, Frozen
from backend.foundation.errors import Forbidden
from backend.foundation.ids import new_id
from backend.foundation.secrets import hash_token
from backend.outbox import OutboxItem
from backend.visits.bookings import changing, joining, leaving, moving
from backend.visits.diary import feeds, ics
from backend.visits.waiting.errors import FeedUnknown
from tests.backend.cases.people import manager
from tests.backend.visits.people import at, booked, confirmed, owners, visitor

pytestmark = pytest.mark.usefixtures("running", "clock")

_PHONE = re.compile(r"1\d{10}|\d{17}[\dX]")


async def _read(someone: Actor, kind: feeds.Kind = "own") -> tuple[str, Calendar]:
    feed = await feeds.read(await feeds.make(kind, actor=someone))
    return feed.body.decode(), Calendar.from_ical(feed.body)


def _events(calendar: Calendar) -> list[Event]:
    return list(calendar.walk("VEVENT"))


def _check_lines(text: str) -> None:
    """Every line ends in CRLF, has at most 75 octets and no control character; a fold splits no character."""
    assert text.endswith("\r\n")
    for line in text[:-2].split("\r\n"):
        assert 0 < len(line.encode()) <= 75
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line)
    unfolded = text.replace("\r\n ", "")
    names = [re.match(r"[A-Z-]+(?=[;:])", line) for line in unfolded[:-2].split("\r\n")]
    assert all(names)


async def test_a_calendar_is_read_back_with_its_zone_and_times() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    text, calendar = await _read(someone)
    _check_lines(text)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Shanghai"
    assert zone.to_tz().utcoffset(datetime(2026, 11, 25, 9)) == timedelta(hours=8)  # noqa: DTZ001  it is the zone's own
    (event,) = _events(calendar)
    assert event["UID"] == f"{made.id}@visits.wuwei"
    assert event.decoded("DTSTART") == datetime(2026, 11, 25, 9, tzinfo=SHANGHAI)
    assert event.decoded("DTEND") == datetime(2026, 11, 25, 10, tzinfo=SHANGHAI)
    assert "DTSTART;TZID=Asia/Shanghai:20261125T090000" in text
    assert (event["STATUS"], event["SEQUENCE"], event["TRANSP"]) == ("CONFIRMED", 0, "OPAQUE")
    assert event.decoded("DTSTAMP").utcoffset() == timedelta(0)
    assert made.number in event["DESCRIPTION"]


async def test_a_move_counts_and_what_is_called_off_stays_as_cancelled(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    asked = await booked(person, place, at("2026-11-27", 9))
    assert _events((await _read(someone))[1])[0]["STATUS"] == "TENTATIVE"
    await changing.confirm(asked.id, actor=someone)
    await moving.reschedule(asked.id, at("2026-11-30", 9), actor=someone)
    (event,) = _events((await _read(someone))[1])
    assert (event["SEQUENCE"], event["STATUS"]) == (1, "CONFIRMED")
    clock.advance(timedelta(minutes=5))
    await changing.cancel(asked.id, "有事", actor=person)
    (gone,) = _events((await _read(someone))[1])
    assert gone["UID"] == event["UID"]
    assert (gone["SEQUENCE"], gone["STATUS"]) == (2, "CANCELLED")
    assert gone.decoded("DTSTAMP") > event.decoded("DTSTAMP")


async def test_what_a_colleague_took_on_is_cancelled_here_and_stands_there() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    other = await visitor()
    boss = await manager()
    await moving.reassign(made.id, actor=boss)
    (mine,), (his,) = [_events((await _read(one))[1]) for one in (someone, other)]
    assert (mine["UID"], mine["STATUS"]) == (his["UID"], "CANCELLED")
    assert his["STATUS"] == "CONFIRMED"
    assert "已改由同事承担" in mine["DESCRIPTION"]
    assert someone.id
    await moving.reassign(made.id, actor=boss, staff=(someone.id,))
    (back,) = _events((await _read(someone))[1])
    assert (back["STATUS"], back["SEQUENCE"]) == ("CONFIRMED", 2)


async def test_hostile_text_stays_inside_its_property() -> None:
    someone, (person, place) = await visitor(), await owners()
    await confirmed(person, place)
    name = "恶意;商行,\\n\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:x@y\x07\x85" + "长名😀" * 30
    await db.execute("UPDATE enterprises SET name = $2 WHERE id = $1", place, name)
    await db.execute("UPDATE visits SET address = $1", "一路\r1号\x0b" + "远" * 100)
    text, calendar = await _read(someone)
    _check_lines(text)
    (event,) = _events(calendar)
    assert "ATTENDEE" not in event
    assert ";商行,\\n" in str(event["SUMMARY"])
    assert str(event["SUMMARY"]).endswith("长名😀")
    assert str(event["LOCATION"]) == "一路1号" + "远" * 100


async def test_who_left_a_visit_of_several_is_in_no_calendar_of_it() -> None:
    someone, (person, place), (other, elsewhere) = await visitor(), await owners(1), await owners(2, name="退出的店")
    made = await confirmed(person, place, at("2026-11-26", 9), reason="group_talk", place="video")
    await joining.join(made.id, elsewhere, "", actor=other)
    assert "退出的店" in _events((await _read(someone))[1])[0]["SUMMARY"]
    await changing.cancel(made.id, "没空", actor=other)
    assert "退出的店" not in _events((await _read(someone))[1])[0]["SUMMARY"]


async def test_no_phone_no_id_and_nothing_an_owner_wrote_is_in_it() -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    note = "UPDATE visit_parties SET note = '请打13800000001，身份证330501199001011234' WHERE visit_id = $1"
    await db.execute(note, made.id)
    text, _ = await _read(someone)
    assert not _PHONE.search(text.replace("\r\n ", "").replace(str(made.id), ""))


async def test_other_units_see_that_somebody_is_busy_and_nothing_else() -> None:
    someone, (person, place) = await visitor(), await owners()
    made, gone = await confirmed(person, place), await confirmed(person, place, at("2026-11-26", 9))
    await changing.cancel(gone.id, "有事", actor=person)
    text, calendar = await _read(someone, "busy")
    _check_lines(text)
    (event,) = _events(calendar)
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "TRANSP", "SUMMARY", "CLASS", "STATUS", "SEQUENCE"}
    assert (event["SUMMARY"], event["CLASS"], event["TRANSP"]) == ("忙", "PRIVATE", "OPAQUE")
    # With the buffers, so that not even the visit's own time is told.
    assert event.decoded("DTSTART") == made.starts_at - timedelta(minutes=10)
    for secret in (str(made.id), made.number or "", "织里", "演示"):
        assert secret not in text


async def test_the_same_rows_are_the_same_bytes(clock: Frozen) -> None:
    someone, (person, place) = await visitor(), await owners()
    made = await confirmed(person, place)
    secret = await feeds.make("own", actor=someone)
    first = await feeds.read(secret)
    clock.advance(timedelta(hours=1))
    assert await feeds.read(secret) == first
    await moving.reschedule(made.id, at("2026-11-30", 9), actor=someone)
    assert (await feeds.read(secret)).tag != first.tag


async def test_an_address_is_kept_as_a_hash_made_anew_ended_and_dies_with_who_leaves() -> None:
    someone = await visitor()
    assert someone.id
    first = await feeds.make("own", actor=someone)
    assert await db.fetch_value("SELECT token_hash FROM visit_feeds") == hash_token(first)
    busy = await feeds.make("busy", actor=someone)
    second = await feeds.make("own", actor=someone)
    with pytest.raises(FeedUnknown):
        await feeds.read(first)
    assert (await feeds.read(second)).body
    assert [one["kind"] for one in await feeds.mine(someone)] == ["busy", "own"]
    await feeds.end("own", actor=someone)
    for act in (feeds.read(second), feeds.end("own", actor=someone)):
        with pytest.raises(FeedUnknown):
            await act
    assert (await feeds.read(busy)).body
    # At once, whatever the outbox still has to do.
    await db.execute("UPDATE staff SET state = 'left', left_at = now() WHERE id = $1", someone.id)
    with pytest.raises(FeedUnknown):
        await feeds.read(busy)
    await db.execute("UPDATE staff SET state = 'active', left_at = NULL WHERE id = $1", someone.id)
    await leaving.staff_left([OutboxItem(new_id(), "topic", None, {"staff_id": str(someone.id)}, 1, _now())])
    assert await feeds.mine(someone) == []


async def test_who_visits_no_more_has_no_calendar() -> None:
    someone = await visitor()
    secret = await feeds.make("own", actor=someone)
    await db.execute("UPDATE staff_grants SET ended_at = now() WHERE staff_id = $1", someone.id)
    with pytest.raises(FeedUnknown):
        await feeds.read(secret)
    with pytest.raises(Forbidden):
        await feeds.make("own", actor=await manager())


async def test_when_it_was_read_is_noted_now_and_then(clock: Frozen) -> None:
    someone = await visitor()
    secret = await feeds.make("own", actor=someone)
    seen = "SELECT read_at FROM visit_feeds"
    for minutes, expected in ((0, 0), (14, 0), (2, 16)):
        clock.advance(timedelta(minutes=minutes))
        await feeds.read(secret)
        assert await db.fetch_value(seen) == at("2026-11-23", 10) + timedelta(minutes=expected)


async def test_a_visit_over_midnight_at_new_year_and_a_leap_day_are_what_they_are() -> None:
    row = {
        "id": new_id(), "number": "FW-20261231-0001", "state": "confirmed", "sequence": 3, "place": "phone",
        "address": "", "title": "政策讲解", "legal_basis": "条例", "enterprises": "商行", "is_handed_on": False,
        "starts_at": at("2026-12-31", 23, 30), "ends_at": at("2027-01-01", 0, 30), "changed_at": _now(),
    }  # fmt: skip
    leap = {**row, "id": new_id(), "starts_at": at("2028-02-29", 9), "ends_at": at("2028-02-29", 10)}
    text = ics.own("张演示", [row, leap]).decode()
    _check_lines(text)
    over, day = _events(Calendar.from_ical(text))
    assert "DTEND;TZID=Asia/Shanghai:20270101T003000" in text
    assert over.decoded("DTEND") - over.decoded("DTSTART") == timedelta(hours=1)
    assert day.decoded("DTSTART").date() == date(2028, 2, 29)


def _now() -> datetime:
    return datetime(2026, 11, 23, 2, tzinfo=UTC)
