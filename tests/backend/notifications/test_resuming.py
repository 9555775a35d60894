"""A template that was refused is used again when an operator says so: of every channel, and its alert is over then."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from backend import alerts
from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import operating, proving, watching
from backend.notifications.delivering import deliver
from tests.backend.notifications.people import SERVICE, TITLES, Phone, Phones, deliveries, message, say
from tests.backend.notifications.reaching import SEND_SERVICE, Reachable, prove_phone
from workers.alerts import watch_alerts
from workers.notifications import measure_deliveries

SERVICE_TITLE, TEXT = "审核结果告知", "binding_result"


async def _told() -> list[str]:
    found, _ = await alerts.listed(SYSTEM)
    return [one.key for one in found if one.kind == "template_stopped"]


async def _texted(people: Reachable) -> Phone:
    phone = await people.make(taps=0)
    await prove_phone(phone)
    await say(message(phone.person, SERVICE))
    return phone


async def test_text_messages_of_a_stopped_template_wait_and_go_when_it_is_resumed(
    people: Reachable, clock: Frozen
) -> None:
    people.sandbox.fault(path="/sms", sms_code="isv.SMS_TEMPLATE_ILLEGAL", times=1)
    for _ in range(3):
        await _texted(people)
    await deliver()
    clock.advance(timedelta(minutes=1))
    await _texted(people)
    await deliver()
    texts = [row for row in await deliveries() if row["channel"] == "sms"]
    assert people.sandbox.calls("/sms") <= 3, "what was on its way, and nothing after"
    assert "template_stopped" in {row["reason"] for row in texts}
    await watch_alerts()
    assert await _told() == [f"{TEXT} (sms)"]
    status = await operating.status()
    assert [(one["channel"], one["title"], one["state"]) for one in status["templates"]] == [("sms", TEXT, "stopped")]

    assert await operating.resume_template(f"{TEXT} (sms)")
    assert await _told() == []
    clock.advance(timedelta(minutes=17))
    await deliver()
    await watch_alerts()
    assert {row["state"] for row in await deliveries() if row["channel"] == "sms"} == {"sent"}
    assert await _told() == []
    assert not await operating.resume_template(TEXT)


@pytest.mark.parametrize("name", [SERVICE_TITLE, f"{SERVICE_TITLE} (service)"])
async def test_a_template_of_the_service_account(people: Reachable, clock: Frozen, name: str) -> None:
    phone = await people.make(taps=0)
    await people.follow(phone)
    people.sandbox.fault(path=SEND_SERVICE, errcode=40037, times=1)
    await say(message(phone.person, SERVICE))
    await deliver()
    assert await _told() == [f"{SERVICE_TITLE} (service)"]
    assert await operating.resume_template(name)
    assert await _told() == []
    clock.advance(timedelta(minutes=17))
    await deliver()
    assert people.by_account() == ["service"]


async def test_a_channel_that_is_named_leaves_the_others(people: Reachable) -> None:
    title = TITLES["binding_result"]
    await db.execute("UPDATE message_templates SET state = 'stopped' WHERE title = $1", title)
    assert not await operating.resume_template(f"{title} (service)")
    assert not await operating.resume_template(f"{title} (sms)")
    assert await operating.resume_template(title)


async def test_every_process_shows_the_drift_that_one_of_them_found(phones: Phones) -> None:
    phone = await phones.make(taps=1)
    await db.execute("UPDATE credits SET balance = 7 WHERE address_id = $1", phone.address)
    await proving.check_credits(5)
    await measure_deliveries()
    assert REGISTRY.get_sample_value("wuwei_credit_drift") == 1
    await db.execute("UPDATE credits SET balance = 1 WHERE address_id = $1", phone.address)
    await proving.check_credits(5)
    assert await watching.known_drift() == 0
    await measure_deliveries()
    assert REGISTRY.get_sample_value("wuwei_credit_drift") == 0
