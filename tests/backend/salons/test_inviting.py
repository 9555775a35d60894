"""Who is invited to a salon: whoever surely fits its rule, with the reason, once; by a broadcast like any other."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from backend import consents, outbox
from backend.access import SYSTEM, Actor
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import WuweiError
from backend.notifications import broadcasts
from backend.notifications.broadcasts import telling as broadcasting
from backend.notifications.broadcasts.errors import NothingToBroadcast
from backend.runtime import Runtime
from backend.salons import inviting, service, telling
from backend.salons.content import SalonContent
from backend.salons.visibility import NAME
from tests.backend.cases.people import clerk
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import REVIEWER, WRITER, leaf, owner
from tests.backend.salons.people import hall, inbox, published, salon, sign_up, written

pytestmark = pytest.mark.usefixtures("running", "clock")

ORIGINS = {NAME: inviting.ORIGIN}
HANDLERS = {**inviting.HANDLERS, **telling.HANDLERS, **broadcasting.handlers(ORIGINS)}
SMALL: Final[dict[str, Any]] = {"rule": leaf("employees", "le", 10), "reason": "面向十人以下的小店"}


def _long_above_one(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    few = running.settings.model_copy(update={"release_above": 1})
    others = {name: getattr(running, name) for name in running.__slots__}
    monkeypatch.setattr("backend.runtime._current", [type(running)(**{**others, "settings": few})])


async def _work() -> None:
    """Do what workers do until nothing is due: invitations, then the slices of broadcasts."""
    drained = await outbox.drain(HANDLERS)
    assert (drained.failed, drained.is_empty) == (0, True)


async def _two_shops() -> tuple[Actor, Actor, list[UUID]]:
    """Two small shops: one person runs both, another one the second."""
    places = [await enterprise(1, "甲店", employees=3), await enterprise(2, "乙店", employees=4)]
    return await owner(*places), await owner(places[1]), places


async def _publish(content: SalonContent) -> UUID:
    made = await service.draft(content, actor=WRITER)
    await service.publish(made.id, actor=WRITER, version=made.version)
    return made.id


async def test_whoever_surely_fits_is_invited_once_with_the_reason() -> None:
    both, one, _ = await _two_shops()
    large = await owner(await enterprise(3, "大店", employees=99))
    unknown = await owner(await enterprise(4, "不详店"))
    refuses = await owner(await enterprise(5, "丙店", employees=2))
    await consents.refuse(refuses)
    await published(hall(2), **SMALL)
    await _work()
    assert [await inbox(person) for person in (both, one)] == [["salon_invited"], ["salon_invited"]]
    assert [await inbox(person) for person in (large, unknown, refuses)] == [[], [], []]
    body = await db.fetch_value("SELECT body FROM inbox WHERE person_id = $1", one.id)
    assert "面向十人以下的小店" in body
    assert "首违不罚讲解" in body
    (sent,) = await db.fetch("SELECT origin, state FROM broadcasts")
    assert sent["origin"] == NAME


async def test_nobody_is_invited_before_signing_up_begins_or_after_it_was_called_off(clock: Frozen) -> None:
    both, one, _ = await _two_shops()
    opens_at = clock.now() + timedelta(days=2)
    later = await published(hall(2), opens_at=opens_at, **SMALL)
    off = await published(hall(2), opens_at=opens_at, **SMALL)
    await _work()
    assert await inbox(both) == []
    await service.cancel(off, "场地停电", actor=SYSTEM, version=(await salon(off)).version)
    clock.set(opens_at)
    await _work()
    assert (await inbox(both), await inbox(one)) == (["salon_invited"], ["salon_invited"])
    assert await db.fetch_value("SELECT DISTINCT origin_id FROM broadcasts") == later


async def test_a_salon_for_everybody_invites_nobody() -> None:
    both, _, _ = await _two_shops()
    salon_id = await published(hall(2))
    await _work()
    assert await inbox(both) == []
    with pytest.raises(NothingToBroadcast):
        await inviting.draft(salon_id, WRITER)


async def test_a_second_broadcast_is_for_those_who_came_to_fit_since_and_did_not_sign_up() -> None:
    both, one, _ = await _two_shops()
    salon_id = await _publish(written(hall(9), **SMALL))
    await _work()
    grown = await enterprise(6, "丁店", employees=99)
    late, signed = await owner(grown), await owner(await enterprise(7, "戊店", employees=5))
    await sign_up(signed, (await _place(signed)), salon_id)
    await db.execute("UPDATE enterprises SET employees = 5 WHERE id = $1", grown)
    made = await broadcasts.create(ORIGINS, NAME, salon_id, broadcasts.NOW, actor=WRITER)
    await broadcasts.freeze(made, ORIGINS, actor=WRITER)
    signed_off = await db.fetch_value("SELECT digest FROM broadcasts WHERE id = $1", made)
    await broadcasts.release(made, signed_off, actor=REVIEWER)
    await _work()
    assert await inbox(late) == ["salon_invited"]
    assert "salon_invited" not in await inbox(signed)
    assert [await inbox(person) for person in (both, one)] == [["salon_invited"], ["salon_invited"]]


async def _place(person: Actor) -> UUID:
    found: UUID = await db.fetch_value("SELECT enterprise_id FROM bindings WHERE person_id = $1", person.id)
    return found


async def test_a_long_list_waits_for_a_second_person(running: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    _long_above_one(running, monkeypatch)
    both, one, _ = await _two_shops()
    await _publish(written(hall(9), **SMALL))
    await _work()
    assert await inbox(both) == []
    row = await db.fetch_one("SELECT id, state, digest, recipients FROM broadcasts")
    assert row
    assert (row["state"], row["recipients"]) == ("release_wanted", 2)
    with pytest.raises(WuweiError):
        await broadcasts.release(row["id"], row["digest"], actor=WRITER)
    await broadcasts.release(row["id"], row["digest"], actor=REVIEWER)
    await _work()
    assert (await inbox(both), await inbox(one)) == (["salon_invited"], ["salon_invited"])


async def test_who_signed_up_or_fits_no_more_by_his_turn_is_left_out(
    running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _long_above_one(running, monkeypatch)
    both, one, places = await _two_shops()
    salon_id = await _publish(written(hall(9), **SMALL))
    await _work()
    row = await db.fetch_one("SELECT id, digest FROM broadcasts")
    assert row
    await sign_up(one, places[1], salon_id)
    await db.execute("UPDATE enterprises SET employees = 99 WHERE id = ANY ($1::uuid[])", places)
    await broadcasts.release(row["id"], row["digest"], actor=REVIEWER)
    await _work()
    assert "salon_invited" not in await inbox(both) + await inbox(one)


async def test_who_may_not_read_salons_broadcasts_none() -> None:
    await _two_shops()
    salon_id = await _publish(written(hall(2), district="330502", **SMALL))
    elsewhere = await clerk(districts=("330503",))
    with pytest.raises(NothingToBroadcast):
        await inviting.draft(salon_id, elsewhere)
