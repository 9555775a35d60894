"""Tickets that verify without a network, and scanners whose readings merge whatever order they come in."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Record
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from backend.access import SYSTEM, Actor, Role
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation import tickets as signed
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id
from backend.foundation.secrets import new_key
from backend.foundation.states import WrongState
from backend.foundation.tickets import Forged
from backend.runtime import Runtime
from backend.salons import errors, sweeping
from backend.salons.door import attending, merging, scanning, tickets
from backend.salons.door.merging import Outcome, Scan
from backend.salons.door.scanning import Read
from backend.salons.seats import answering, fairness
from tests.backend.cases.people import clerk
from tests.backend.salons.people import hall, online, owners, published, row, salon, sign_up, state

pytestmark = pytest.mark.usefixtures("running", "clock")
NOON = datetime(2026, 12, 7, 4, tzinfo=UTC)
Person = tuple[Actor, UUID]


async def _today(clock: Frozen, count: int = 1) -> tuple[UUID, list[UUID], list[Person], Actor]:
    """A salon that begins in an hour, sign-ups for it, and somebody at the door."""
    salon_id = await published(hall(9))
    people = await owners(count)
    ids = [(await sign_up(*one, salon_id)).id for one in people]
    starts_at = (await salon(salon_id)).starts_at
    clock.advance(starts_at - clock.now() - timedelta(hours=1))
    return salon_id, ids, people, await clerk(Role.FRONT_DESK)


def _read(at: timedelta = timedelta(0), *, device: str = "入口1", direction: str = "in", **what: object) -> Read:
    return Read(new_id(), device, direction, clock_module.now() + at, **what)  # type: ignore[arg-type]


async def _token(signup_id: UUID, person: Person) -> str:
    return str((await tickets.shown(signup_id, actor=person[0]))["token"])


async def test_a_ticket_verifies_with_the_public_key_alone(clock: Frozen) -> None:
    salon_id, (made,), (person,), staff = await _today(clock)
    bundle = await tickets.bundle(salon_id, actor=staff)
    token = await _token(made, person)
    found = tickets.read(token, _keys(bundle))
    assert (found.salon_id, found.signup_id, found.way) == (salon_id, made, "hall")
    assert found.nonce.hex() not in bundle["revoked"]
    for at in (0, 20, 60, -1):
        whole = bytearray(base64.urlsafe_b64decode(token + "=="))
        whole[at] ^= 1
        with pytest.raises(Forged):
            tickets.read(base64.urlsafe_b64encode(bytes(whole)).rstrip(b"=").decode())


def _keys(bundle: dict[str, Any]) -> dict[bytes, bytes]:
    return {bytes.fromhex(one["id"]): base64.b64decode(one["public_key"]) for one in bundle["public_keys"]}


@given(st.text(max_size=200))
def test_whatever_is_no_ticket_is_forged(text: str) -> None:
    with pytest.raises(Forged):
        tickets.read(text, {bytes(4): bytes(32)})


async def test_a_ticket_says_without_a_network_that_it_is_for_online(clock: Frozen) -> None:
    salon_id = await published(hall(1), online(9))
    ((person, place),) = await owners(1)
    made = (await sign_up(person, place, salon_id, way="online")).id
    clock.advance((await salon(salon_id)).starts_at - clock.now())
    bundle = await tickets.bundle(salon_id, actor=await clerk(Role.FRONT_DESK))
    assert tickets.read(await _token(made, (person, place)), _keys(bundle)).way == "online"


async def test_tickets_outlive_a_change_of_the_key_and_of_their_format(
    clock: Frozen, running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    salon_id, ids, people, staff = await _today(clock, 2)
    settings = running.settings
    before = await _token(ids[0], people[0])
    key = signed.private_key(settings.signing_key.get_secret_value())
    nonce = (await row(ids[1]))["ticket_nonce"]
    oldest = signed.sign(b"\x01" + salon_id.bytes + ids[1].bytes + nonce, key)
    changed = settings.model_copy(
        update={"signing_key": SecretStr(new_key()), "former_signing_keys": settings.signing_key}
    )
    monkeypatch.setattr(tickets, "current", lambda: replace(running, settings=changed))
    after = await _token(ids[0], people[0])
    assert before != after
    keys = _keys(await tickets.bundle(salon_id, actor=staff))
    told = [tickets.read(one, keys) for one in (before, after, oldest)]
    assert [(one.signup_id, one.way) for one in told] == [(ids[0], "hall"), (ids[0], "hall"), (ids[1], None)]
    # The name of a key is signed with the rest: nobody passes a ticket off as another key's.
    whole, name = base64.urlsafe_b64decode(after + "="), signed.key_id(next(iter(keys.values())))
    other = next(one for one in keys if one != name)
    with pytest.raises(Forged):
        tickets.read(base64.urlsafe_b64encode(whole.replace(name, other, 1)).rstrip(b"=").decode(), keys)
    got = await scanning.receive(salon_id, [_read(token=one) for one in (before, oldest)], actor=staff)
    assert [one["outcome"] for one in got] == ["entered", "entered"]
    alone = changed.model_copy(update={"former_signing_keys": SecretStr("")})
    monkeypatch.setattr(tickets, "current", lambda: replace(running, settings=alone))
    got = await scanning.receive(salon_id, [_read(token=one) for one in (before, oldest)], actor=staff)
    assert [one["refusal"] for one in got] == ["forged", "forged"]


async def test_one_comes_in_goes_out_and_is_counted_once(clock: Frozen) -> None:
    salon_id, (made, other), (person, _), staff = await _today(clock, 2)
    token = await _token(made, person)
    await scanning.receive(salon_id, [_read(token=token)], actor=staff)
    clock.advance(timedelta(hours=2))
    await scanning.receive(salon_id, [_read(token=token, direction="out")], actor=staff)
    assert (await attending.standing(salon_id, actor=staff))["inside"] == 0
    clock.advance(timedelta(minutes=10))
    (again,) = await scanning.receive(salon_id, [_read(token=token)], actor=staff)
    counts = await attending.standing(salon_id, actor=staff)
    assert (again["outcome"], counts["inside"], counts["came"], counts["expected"]) == ("entered", 1, 1, 2)
    assert (await state(made), await state(other)) == ("attended", "confirmed")


async def test_two_devices_without_a_network_merge_without_counting_twice(clock: Frozen) -> None:
    salon_id, (made, other), (person, another), staff = await _today(clock, 2)
    token, second = await _token(made, person), await _token(other, another)
    first = [
        _read(timedelta(minutes=1), token=token, device="甲"),
        _read(timedelta(minutes=2), token=second, device="甲"),
    ]
    later = [_read(timedelta(minutes=9), token=token, device="乙")]
    clock.advance(timedelta(hours=3))
    # The device that read later sends first; then everything comes a second time.
    (early,) = await scanning.receive(salon_id, later, actor=staff)
    assert early["outcome"] == "entered"
    await scanning.receive(salon_id, first, actor=staff)
    await scanning.receive(salon_id, [*later, *first], actor=staff)
    counts = await attending.standing(salon_id, actor=staff)
    assert (counts["came"], counts["inside"]) == (2, 2)
    assert [(one["id"], one["device"]) for one in counts["conflicts"]] == [(later[0].id, "乙")]
    assert await db.fetch_value("SELECT count(*) FROM salon_scans") == 3


async def test_who_is_read_going_out_was_there_also_before_his_entry_is_heard_of(clock: Frozen) -> None:
    salon_id, (made,), _, staff = await _today(clock)
    entry = _read(signup_id=made, device="离线")
    clock.advance(timedelta(hours=2))
    (out,) = await scanning.receive(salon_id, [_read(signup_id=made, direction="out")], actor=staff)
    counts = await attending.standing(salon_id, actor=staff)
    assert (out["outcome"], await state(made), counts["came"], counts["inside"]) == ("left", "attended", 1, 0)
    (late,) = await scanning.receive(salon_id, [entry], actor=staff)
    counts = await attending.standing(salon_id, actor=staff)
    assert (late["outcome"], counts["came"], counts["inside"]) == ("entered", 1, 0)
    presence = await db.fetch_one("SELECT entries, first_in_at FROM salon_presences")
    assert presence
    assert (presence["entries"], presence["first_in_at"]) == (1, entry.scanned_at)


async def test_every_refusal_has_its_reason(clock: Frozen) -> None:
    salon_id, (made, left), (person, leaver), staff = await _today(clock, 2)
    token, gone = await _token(made, person), await _token(left, leaver)
    await answering.leave(left, "", actor=leaver[0])
    elsewhere = await published(hall(1))
    waits = await published(hall(1), needs_approval=True)
    pending = await sign_up(*person, waits)
    reads = [
        _read(token="x" * 40),
        _read(token=tickets.token(elsewhere, made, b"12345678", "hall")),
        _read(token=gone),
        _read(code="AAAAAAAA"),
        _read(timedelta(minutes=30), token=token),
        _read(-timedelta(hours=2), token=token),
        _read(signup_id=pending.id),
    ]
    got = await scanning.receive(salon_id, reads, actor=staff)
    reasons = ["forged", "other_salon", "cancelled", "unknown", "clock_ahead", "too_early", "unknown"]
    assert [one["refusal"] for one in got] == reasons
    assert all(one["refusal_word"] for one in got)
    counts = await attending.standing(salon_id, actor=staff)
    assert {one["id"] for one in counts["recent"]} == {one["id"] for one in got}
    assert sorted(str(one["refusal"]) for one in counts["recent"]) == sorted(reasons)
    revoked = (await tickets.bundle(salon_id, actor=staff))["revoked"]
    assert revoked == [tickets.read(gone).nonce.hex()]


async def test_another_ticket_revokes_the_one_that_was(clock: Frozen) -> None:
    salon_id, (made,), (person,), staff = await _today(clock)
    old, typed = await _token(made, person), str((await tickets.shown(made, actor=person[0]))["code"])
    before = [_read(token=old, device="离线"), _read(code=typed, device="离线")]
    clock.advance(timedelta(minutes=5))
    await tickets.reissue(made, "手机丢失", actor=person[0])
    new = await _token(made, person)
    assert tickets.read(old).nonce.hex() in (await tickets.bundle(salon_id, actor=staff))["revoked"]
    late = [_read(timedelta(minutes=1), token=old), _read(timedelta(minutes=1), code=typed)]
    got = await scanning.receive(salon_id, late, actor=staff)
    assert [(one["refusal"], one["signup_id"]) for one in got] == [("reissued", made)] * 2
    got = await scanning.receive(salon_id, before, actor=staff)
    assert [one["outcome"] for one in got] == ["entered", "repeated"]
    code = (await tickets.shown(made, actor=person[0]))["code"]
    got = await scanning.receive(salon_id, [_read(timedelta(minutes=3), code=code, device="离线")], actor=staff)
    assert (got[0]["signup_id"], tickets.read(new).signup_id) == (made, made)


async def test_what_is_undone_never_was(clock: Frozen) -> None:
    salon_id, (made,), _, staff = await _today(clock)
    wrong = _read(signup_id=made)
    await scanning.receive(salon_id, [wrong], actor=staff)
    assert await state(made) == "attended"
    assert (await scanning.undo(wrong.id, "扫错了人", actor=staff))["outcome"] == "undone"
    assert await state(made) == "confirmed"
    assert (await attending.standing(salon_id, actor=staff))["came"] == 0
    with pytest.raises(errors.ScanUndone):
        await scanning.undo(wrong.id, "再撤", actor=staff)


async def test_an_id_stands_for_one_scan(clock: Frozen) -> None:
    salon_id, (made,), _, staff = await _today(clock)
    one = _read(signup_id=made)
    await scanning.receive(salon_id, [one, one], actor=staff)
    other = Read(one.id, one.device, "out", one.scanned_at, signup_id=made)
    with pytest.raises(errors.ScanReused):
        await scanning.receive(salon_id, [other], actor=staff)


async def test_a_scan_of_one_salon_is_none_of_another(clock: Frozen) -> None:
    salon_id, (made,), _, staff = await _today(clock)
    elsewhere = await published(hall(1), starts_in=timedelta(hours=1))
    one = _read(signup_id=made)
    assert (await scanning.receive(elsewhere, [one], actor=staff))[0]["refusal"] == "unknown"
    with pytest.raises(errors.ScanReused):
        await scanning.receive(salon_id, [one], actor=staff)
    await scanning.receive(salon_id, [_read(signup_id=made)], actor=staff)
    assert await state(made) == "attended"


async def test_of_a_salon_that_was_laid_aside_nothing_more_is_written(clock: Frozen) -> None:
    salon_id, ids, _, staff = await _today(clock, 2)
    before = _read(signup_id=ids[0])
    await scanning.receive(salon_id, [before], actor=staff)
    await db.execute("UPDATE salons SET state = 'archived' WHERE id = $1", salon_id)
    with pytest.raises(WrongState):
        await scanning.receive(salon_id, [_read(signup_id=ids[1])], actor=staff)
    with pytest.raises(WrongState):
        await scanning.undo(before.id, "扫错了人", actor=staff)
    assert [await state(one) for one in ids] == ["attended", "confirmed"]


async def test_a_ticket_for_online_takes_no_chair_unless_somebody_sees_that_there_is_one(clock: Frozen) -> None:
    salon_id = await published(hall(1), online(9))
    ((person, place),) = await owners(1)
    made = (await sign_up(person, place, salon_id, way="online")).id
    clock.advance((await salon(salon_id)).starts_at - clock.now())
    staff = await clerk(Role.FRONT_DESK)
    ticket = await tickets.shown(made, actor=person)
    reads = [_read(token=str(ticket["token"])), _read(code=str(ticket["code"]).lower())]
    assert [one["refusal"] for one in await scanning.receive(salon_id, reads, actor=staff)] == ["online"] * 2
    assert await state(made) == "confirmed"
    (let_in,) = await scanning.receive(salon_id, [_read(signup_id=made)], actor=staff)
    assert (let_in["outcome"], await state(made)) == ("entered", "attended")
    there = await attending.standing(salon_id, actor=staff)
    assert [there[name] for name in ("expected", "came", "inside")] == [0, 0, 0]
    assert (there["online_came"], there["online_inside"]) == (1, 1)


async def test_many_typed_codes_are_looked_up_together(clock: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    salon_id, ids, people, staff = await _today(clock, 4)
    codes = [str((await tickets.shown(one, actor=person[0]))["code"]) for one, person in zip(ids, people, strict=True)]
    reads = [_read(code=code, device="入口2") for code in (*codes, "AAAAAAAA", "1", "?")]
    asked: list[str] = []
    fetch = db.fetch

    async def noted(sql: str, *params: object) -> list[Record]:
        asked.append(sql)
        return await fetch(sql, *params)

    monkeypatch.setattr(db, "fetch", noted)
    got = await scanning.receive(salon_id, reads[:1], actor=staff)
    one_scan = len(asked)
    got += await scanning.receive(salon_id, reads[1:], actor=staff)
    assert [one["signup_id"] for one in got] == [*ids, None, None, None]
    assert [one["refusal"] for one in got[4:]] == ["unknown", "forged", "forged"]
    assert len(asked) == 2 * one_scan


async def test_who_waits_has_no_ticket() -> None:
    salon_id = await published(hall(1))
    people = await owners(2)
    _, waits = [await sign_up(*one, salon_id, waits=True) for one in people]
    with pytest.raises(errors.NoTicket):
        await tickets.shown(waits.id, actor=people[1][0])
    with pytest.raises(errors.SignupUnknown):
        await tickets.shown(waits.id, actor=people[0][0])
    assert (await row(waits.id))["confirmed_at"] is None
    assert SYSTEM.can("salons.run")


scans = st.lists(
    st.builds(
        Scan,
        id=st.uuids(),
        device=st.sampled_from(["甲", "乙"]),
        direction=st.sampled_from(["in", "out"]),
        scanned_at=st.integers(0, 40).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        is_undone=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(scans, st.randoms(use_true_random=False))
def test_order_and_repetition_of_uploads_make_no_difference(some: list[Scan], chance: Random) -> None:
    mixed = [*some, *some[::2]]
    chance.shuffle(mixed)
    assert merging.merge(mixed) == merging.merge(some)


@given(scans)
def test_nobody_is_inside_twice(some: list[Scan]) -> None:
    merged = merging.merge(some)
    in_order = sorted(some, key=lambda one: (one.scanned_at, one.id))
    counted = [one for one in in_order if merged.outcomes[one.id] in (Outcome.ENTERED, Outcome.LEFT)]
    # Whom nobody read coming in was inside before he went.
    inside = int(bool(counted) and counted[0].direction == "out")
    for one in in_order:
        inside += {Outcome.ENTERED: 1, Outcome.LEFT: -1}.get(merged.outcomes[one.id], 0)
        assert inside in (0, 1)
    assert (merged.presence is not None and merged.presence.is_inside) == bool(inside)


async def test_whoever_is_there_or_was_missing_is_not_approved_anew(clock: Frozen) -> None:
    salon_id, (made, other), (person, _), staff = await _today(clock, 2)
    await scanning.receive(salon_id, [_read(token=await _token(made, person))], actor=staff)
    got = await answering.approve(salon_id, [made], actor=staff)
    clock.advance(timedelta(days=2))
    await sweeping.sweep()
    await sweeping.sweep()
    await fairness.note_missing()
    got |= await answering.approve(salon_id, [other], actor=staff)
    assert [type(one).__name__ for one in got.values()] == ["WrongState", "WrongState"]
    assert [await state(one) for one in (made, other)] == ["attended", "no_show"]
