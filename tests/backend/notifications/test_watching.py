"""What waits too long or can't be used is told within a quarter of a minute, and is over by itself."""

from datetime import timedelta

from backend import alerts
from backend.access import SYSTEM
from backend.foundation import clock as time
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.notifications import proving, templates, watching
from backend.notifications.delivering import deliver
from tests.backend.notifications.people import BROADCAST, SEND, SERVICE, TITLES, Phones, message, say
from tests.backend.notifications.reaching import Reachable
from workers.alerts import watch_alerts

TITLE = TITLES["policy_pushed"]


async def _told() -> list[tuple[str, str]]:
    found, _ = await alerts.listed(SYSTEM)
    return [(one.kind, one.key) for one in found]


async def test_a_message_that_waits_for_five_minutes(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(kind=SERVICE)
    await say(message(phone.person, SERVICE))
    clock.advance(timedelta(minutes=5))
    await watch_alerts()
    assert await _told() == []
    clock.advance(timedelta(seconds=1))
    for _ in range(3):
        await watch_alerts()
    [found], _ = await alerts.listed(SYSTEM)
    assert (found.kind, found.times, found.detail) == ("deliveries_late", 1, {"waiting": 1, "oldest_seconds": 301})
    await deliver()
    clock.advance(timedelta(seconds=59))
    await watch_alerts()
    assert await _told() == [("deliveries_late", "")], "it may be late again at once"
    clock.advance(timedelta(seconds=2))
    await watch_alerts()
    assert await _told() == []


async def test_a_broadcast_may_take_its_time(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make()
    await say(message(phone.person))
    clock.advance(timedelta(minutes=30))
    await watch_alerts()
    assert await _told() == []
    clock.advance(timedelta(seconds=1))
    await watch_alerts()
    assert await _told() == [("deliveries_late", "")]


async def test_pushes_that_nobody_works_off(phones: Phones, clock: Frozen) -> None:
    await db.execute(
        "INSERT INTO callback_events (id, account, dedupe_hash, event, received_at) VALUES ($1, 'a', '', '{}', $2)",
        new_id(),
        time.now(),
    )
    assert await watching.callbacks_waiting() == (1, 0.0)
    clock.advance(timedelta(minutes=6))
    await watch_alerts()
    assert await _told() == [("callbacks_late", "")]
    await db.execute("UPDATE callback_events SET handled_at = $1", time.now())
    clock.advance(timedelta(minutes=2))
    await watch_alerts()
    assert await _told() == []


async def test_a_stopped_template_stays_told_until_somebody_resumes_it(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make()
    phones.sandbox.fault(path=SEND, errcode=43107, times=1)
    await say(message(phone.person))
    await deliver()
    for _ in range(3):
        await watch_alerts()
        clock.advance(timedelta(minutes=19))
    assert ("template_stopped", TITLE) in await _told()
    assert await templates.resume(TITLE)
    await watch_alerts()
    assert "template_stopped" not in dict(await _told())


async def test_of_two_templates_of_one_title_a_usable_one_is_enough(phones: Phones) -> None:
    await db.execute(
        "INSERT INTO message_templates SELECT 'other', account, title, is_long_term, fields, 'gone', reason, seen_at"
        " FROM message_templates WHERE title = $1",
        TITLE,
    )
    await watching.watch_templates()
    assert await _told() == []
    await db.execute("UPDATE message_templates SET state = 'misfit', reason = 'r' WHERE title = $1", TITLE)
    await watching.watch_templates()
    assert await _told() == [("template_misfit", TITLE)]


async def test_before_the_first_list_nothing_is_said_to_be_missing(phones: Phones) -> None:
    await db.execute("DELETE FROM message_templates")
    await watching.watch_templates()
    assert await _told() == []


async def test_the_service_account_s_templates_are_looked_after_as_well(people: Reachable) -> None:
    count = await templates.refresh()
    assert count == await db.fetch_value("SELECT count(*) FROM message_templates")
    assert await _told() == []
    await db.execute(
        "UPDATE message_templates SET state = 'stopped' WHERE account = (SELECT max(account) FROM message_templates)"
        " OR title = $1",
        TITLE,
    )
    await watching.watch_templates()
    assert {kind for kind, _ in await _told()} == {"template_stopped"}
    assert any(key.endswith("(service)") for _, key in await _told())
    assert ("template_stopped", TITLE) in await _told()


async def test_what_owners_allow_is_summed_by_template(phones: Phones) -> None:
    await phones.make(taps=2)
    await phones.make(taps=3, kind=BROADCAST)
    assert (await watching.credit_sums())[TITLE] == (5, 0)
    await proving.check_credits(5)
    assert await _told() == []
