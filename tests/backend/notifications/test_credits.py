"""Credits are never negative, the ledger proves every balance, and one tap counts once however often it is told."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import credits as ledger
from backend.notifications.claiming import LEASE, Batch, claim
from backend.notifications.delivering import deliver
from backend.notifications.due import take_notes
from backend.notifications.kinds import KINDS, Kind
from backend.notifications.settling import REFUSED_CREDIT, Outcome, begin, release, settle
from backend.notifications.sweeping import sweep
from backend.runtime import Runtime
from tests.backend.notifications.people import BROADCAST, SERVICE, Phone, Phones, balance, message, say, states
from tests.support.sandbox import APPID
from tests.support.sizes import scaled

TAP, OTHER_SIDE = timedelta(seconds=2), timedelta(minutes=5)


async def _report(phones: Phones, phone: Phone) -> None:
    await ledger.report(phone.person, [phones.ids[BROADCAST]], [])


async def _event(phones: Phones, phone: Phone) -> None:
    await ledger.popup(APPID, phone.openid, [phones.ids[BROADCAST]], [])


@pytest.mark.parametrize(
    ("sides", "pause", "expected"),
    [
        ("r", TAP, 1),
        ("e", TAP, 1),
        ("re", TAP, 1),
        ("er", TAP, 1),
        ("rr", TAP, 2),
        ("ee", TAP, 2),
        ("rere", TAP, 2),
        ("rree", TAP, 2),
        ("eerr", TAP, 2),
        ("reer", TAP, 2),
        ("re", OTHER_SIDE, 1),
        ("re", OTHER_SIDE + TAP, 2),
        ("rre", TAP, 2),
    ],
)
async def test_report_and_event_of_one_tap_count_once(
    phones: Phones, clock: Frozen, sides: str, pause: timedelta, expected: int
) -> None:
    phone = await phones.make(taps=0)
    for side in sides:
        await (_report if side == "r" else _event)(phones, phone)
        clock.advance(pause)
    assert await balance(phone) == expected
    assert await ledger.drift() == []


async def test_both_sides_at_once_count_once(phones: Phones) -> None:
    crowd = await phones.crowd(scaled(20), taps=0)
    await asyncio.gather(*(side(phones, phone) for phone in crowd for side in (_report, _event)))
    assert {await balance(phone) for phone in crowd} == {1}


async def test_credit_of_a_report_alone_is_presumed_until_the_event_confirms_it(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await _report(phones, phone)
    await _event(phones, phone)
    told = await db.fetch("SELECT reason, change, is_presumed FROM credit_entries ORDER BY id")
    assert [tuple(row) for row in told] == [("report", 1, True), ("confirmed", 0, False)]


async def test_reports_alone_fill_a_balance_no_further_than_their_bound(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await asyncio.gather(*[_report(phones, phone) for _ in range(200)])
    assert await balance(phone) == ledger.PRESUMED_MOST
    entries = "SELECT count(*) FROM credit_entries WHERE is_presumed"
    assert await db.fetch_value(entries) == ledger.PRESUMED_MOST, "what does not count is no entry"
    assert await ledger.drift() == []


async def test_an_event_counts_beyond_the_bound_of_reports(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    many = ledger.PRESUMED_MOST + 6
    for side in (_report, _event):
        for _ in range(many):
            await side(phones, phone)
    assert await balance(phone) == many, "each tap once, those that the bound left out by their events"
    await _report(phones, phone)
    assert await balance(phone) == many
    assert await ledger.drift() == []


async def test_unknown_templates_and_strangers_are_ignored(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    await ledger.report(phone.person, ["no-such-template"], ["neither"])
    await ledger.popup(APPID, "no-such-openid", [phones.ids[BROADCAST]], [])
    assert await db.fetch_value("SELECT count(*) FROM credits") == 0


async def test_a_long_term_template_is_a_standing_permission_until_a_refusal(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"thing1": "matter", "thing2": "enterprise", "date3": "at", "thing4": "note"}
    monkeypatch.setitem(KINDS, "deadline", Kind("deadline", "到期", "{matter}", "事项到期提醒", fields, False, False))
    phone = await phones.make(taps=0)
    phones.sandbox.control("POST", f"owners/{phone.openid}/permits", template_id="deadline_reminder", standing=True)
    [template] = [one for one in await ledger.permissions(phone.person) if one.title == "事项到期提醒"]
    await ledger.report(phone.person, [template.template_id], [])
    await ledger.popup(APPID, phone.openid, [template.template_id], [])
    [now] = [one for one in await ledger.permissions(phone.person) if one.title == "事项到期提醒"]
    assert (now.is_standing, now.balance) == (True, 0)
    await say(message(phone.person, "deadline"), message(phone.person, "deadline"))
    await deliver()
    assert await states() == ["sent", "sent"]
    await ledger.report(phone.person, [], [template.template_id])
    await say(message(phone.person, "deadline"))
    await deliver()
    assert (await states())[-1] == "suppressed"
    assert await ledger.drift() == []


async def test_a_refusal_of_wechats_empties_the_credit_and_is_not_tried_again(phones: Phones) -> None:
    phone = await phones.make(taps=0)
    for _ in range(3):
        await _event(phones, phone)
    await say(message(phone.person), message(phone.person))
    await deliver()
    assert sorted(await states()) == ["refused", "suppressed"]
    assert await balance(phone) == 0
    assert phones.sandbox.calls("/cgi-bin/message/subscribe/send") == 1
    assert await ledger.drift() == []


async def test_a_credit_taken_back_meanwhile_does_not_return(phones: Phones, connected: Runtime, clock: Frozen) -> None:
    phone = await phones.make(taps=2)
    await say(message(phone.person))
    await take_notes()
    batch = await claim(10, connected.settings)
    clock.advance(TAP)
    await ledger.opted_out(APPID, phone.openid, [phones.ids[BROADCAST]])
    await release([batch.claim])
    assert await balance(phone) == 0
    assert await ledger.drift() == []


async def test_events_while_an_address_is_claimed_count_beside_the_reserved_credit(
    phones: Phones, connected: Runtime
) -> None:
    phone = await phones.make(taps=1)
    await say(message(phone.person))
    await take_notes()
    await asyncio.gather(*([_event(phones, phone) for _ in range(10)] + [_claims(connected) for _ in range(5)]))
    await _claims(connected)  # a claim passes over an address that an event holds
    assert await balance(phone) == 10
    assert await ledger.drift() == []


async def _claims(connected: Runtime) -> None:
    await claim(10, connected.settings)


async def test_drift_is_found(phones: Phones) -> None:
    phone = await phones.make(taps=2)
    await db.execute("UPDATE credits SET balance = 5")
    assert await ledger.drift() == [(phone.address, phones.ids[BROADCAST], 5, 2)]


class _Life:
    """One owner's credits under anything that can happen to them, in any order."""

    def __init__(self, phones: Phones, phone: Phone, runtime: Runtime, clock: Frozen) -> None:
        self.phones, self.phone, self.runtime, self.clock = phones, phone, runtime, clock
        self.long_term = ""
        self.batches: list[Batch] = []
        self.begun: list[Batch] = []

    async def report(self) -> None:
        await _report(self.phones, self.phone)

    async def event(self) -> None:
        await _event(self.phones, self.phone)

    async def stand(self) -> None:
        """A long-term template is accepted: it stands, and is never counted."""
        await ledger.popup(APPID, self.phone.openid, [self.long_term], [])

    async def opt_out(self) -> None:
        everything = [self.phones.ids[BROADCAST], self.phones.ids[SERVICE], self.long_term]
        await ledger.opted_out(APPID, self.phone.openid, everything)

    async def tell(self) -> None:
        await say(message(self.phone.person, SERVICE), message(self.phone.person))
        await say(message(self.phone.person, "policy_digest", fields=_DIGEST))

    async def claim(self) -> None:
        await take_notes()
        batch = await claim(3, self.runtime.settings)
        if batch.messages:
            self.batches.append(batch)

    async def begin(self) -> None:
        if self.batches:
            batch = self.batches.pop()
            if await begin([one.id for one in batch.messages], batch.claim, LEASE):
                self.begun.append(batch)

    async def _answer(self, state: str, **given: Any) -> None:
        if self.begun:
            batch = self.begun.pop()
            told = [Outcome(one.id, one.address_id, one.template_id, state, **given) for one in batch.messages]
            await settle(told, batch.claim)
            await release([batch.claim])

    async def sent(self) -> None:
        await self._answer("sent")

    async def failed(self) -> None:
        await self._answer("failed", gives_back=True)

    async def busy(self) -> None:
        await self._answer("deferred", gives_back=True, due_at=self.clock.now())

    async def refused(self) -> None:
        await self._answer("refused", errcode=REFUSED_CREDIT)

    async def unanswered(self) -> None:
        await self._answer("unknown")

    async def give_back(self) -> None:
        if self.batches:
            await release([self.batches.pop().claim])

    async def wait(self) -> None:
        self.clock.advance(timedelta(minutes=1))
        await sweep()


_STEPS = [
    _Life.report, _Life.event, _Life.stand, _Life.opt_out, _Life.tell, _Life.claim, _Life.begin, _Life.sent,
    _Life.failed, _Life.busy, _Life.refused, _Life.unanswered, _Life.give_back, _Life.wait,
]  # fmt: skip
_DIGEST = {"enterprise": "某店", "count": "3", "question": "从业人数", "settled": "2", "hint": "不答也没关系"}
_REPLAY = """
SELECT count(*) FROM (
    SELECT balance, sum(change) OVER (PARTITION BY address_id, template_id ORDER BY id) AS replayed FROM credit_entries
) AS e WHERE balance <> replayed
"""
_LIMITS = """
SELECT (SELECT min(balance) FROM credits) AS worst,
       (SELECT count(*) FROM credits JOIN message_templates t USING (template_id)
        WHERE t.is_long_term AND balance <> 0) AS odd
"""
Step = Callable[[_Life], Coroutine[Any, Any, None]]


async def test_whatever_happens_the_ledger_proves_a_balance_that_is_never_negative(
    phones: Phones, connected: Runtime, clock: Frozen
) -> None:
    loop = asyncio.get_running_loop()

    async def live(steps: list[Step]) -> None:
        phone = await phones.make(taps=1)
        life = _Life(phones, phone, connected, clock)
        life.long_term = await db.fetch_value("SELECT template_id FROM message_templates WHERE title = '政策周报提醒'")
        for step in steps:
            await step(life)
            limits = await db.fetch_one(_LIMITS)
            assert limits is not None
            assert (limits["worst"] or 0) >= 0
            assert limits["odd"] == 0
        assert await ledger.drift() == []
        assert await db.fetch_value(_REPLAY) == 0
        for batch in life.batches + life.begun:
            await release([batch.claim])

    @settings(max_examples=scaled(10))
    @given(st.lists(st.sampled_from(_STEPS), min_size=5, max_size=20))
    def run(steps: list[Step]) -> None:
        asyncio.run_coroutine_threadsafe(live(steps), loop).result(60)

    await asyncio.to_thread(run)
