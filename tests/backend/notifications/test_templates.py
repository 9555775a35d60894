"""A template that is missing, changed or gone at WeChat stops its messages before anything is sent, with an alarm."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend import alerts, runtime
from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.gateways.wechat.protocol import Template
from backend.notifications import templates
from backend.notifications.delivering import deliver
from tests.backend.notifications.people import BROADCAST, Phones, message, reasons, say, states

TITLE = "政策推送提醒"


@pytest.fixture
async def listed(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> list[Template]:
    """What WeChat lists from now on; the test changes it."""
    real = list(await runtime.current().wechat.templates())

    async def answer() -> tuple[Template, ...]:
        return tuple(real)

    monkeypatch.setattr(runtime.current().wechat, "templates", answer)
    return real


async def _told() -> list[tuple[str, str, int]]:
    found, _ = await alerts.listed(SYSTEM)
    return [(one.kind, one.key, one.times) for one in found]


def _ours(listed: list[Template]) -> int:
    return next(n for n, template in enumerate(listed) if template.title == TITLE)


async def test_every_template_of_the_stand_in_fits_its_kinds(phones: Phones) -> None:
    told = await db.fetch("SELECT state, count(*) FROM message_templates GROUP BY 1")
    assert [row["state"] for row in told] == ["live"]


async def test_a_template_that_goes_and_comes_back(phones: Phones, listed: list[Template]) -> None:
    phone = await phones.make()
    ours = listed.pop(_ours(listed))
    await templates.refresh()
    await templates.refresh()
    assert await _told() == [("template_gone", TITLE, 1)], "told once, when it goes"
    await say(message(phone.person))
    await deliver()
    assert await reasons() == [("deferred", "template_gone")]
    listed.append(ours)
    await templates.refresh()
    await deliver()
    assert await states() == ["sent"], "as soon as it is there again"
    assert await _told() == []


async def test_a_template_with_other_fields_is_no_longer_used(phones: Phones, listed: list[Template]) -> None:
    phone = await phones.make()
    place = _ours(listed)
    before = listed[place]
    listed[place] = replace(before, content=before.content.replace("thing4", "thing9"))
    await templates.refresh()
    assert await _told() == [("template_misfit", TITLE, 1)]
    await say(message(phone.person))
    await deliver()
    assert await reasons() == [("deferred", "template_misfit")]
    assert phones.received() == []
    listed[place] = before
    await templates.refresh()
    await deliver()
    assert await states() == ["sent"]
    assert await _told() == []


async def test_a_template_we_never_had_lets_its_messages_wait_until_they_are_over(
    phones: Phones, clock: Frozen
) -> None:
    phone = await phones.make()
    await db.execute("DELETE FROM message_templates WHERE title = $1", TITLE)
    await say(message(phone.person, not_after=clock.now() + timedelta(minutes=15)))
    await deliver()
    assert await reasons() == [("deferred", "template_missing")]
    clock.advance(timedelta(minutes=10))
    await deliver()
    assert await reasons() == [("expired", "template_missing")]


async def test_of_two_templates_with_one_title_the_fitting_one_serves(phones: Phones, listed: list[Template]) -> None:
    phone = await phones.make()
    other = replace(listed[_ours(listed)], id="A" * 43, content="别的：{{thing1.DATA}}")
    listed.append(other)
    await templates.refresh()
    await say(message(phone.person), message(phone.person))
    await deliver()
    assert sorted(await reasons()) == [("sent", None), ("suppressed", "no_credit")]
    assert [one["template_id"] for one in phones.received()] == [phones.ids[BROADCAST]]
