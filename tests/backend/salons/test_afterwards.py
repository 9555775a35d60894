"""Materials for whoever came or waited in vain; a sentence of the host's for all who signed up; each told once."""

import pytest

from backend.access import SYSTEM, Role
from backend.foundation import db
from backend.foundation.errors import Invalid
from backend.foundation.states import WrongState
from backend.salons import afterwards, errors, queries, service
from backend.salons.attached import Material
from backend.salons.seats import signups
from tests.backend.cases.people import clerk
from tests.backend.salons.people import drain, editor, hall, inbox, online, owners, published, salon, sign_up

pytestmark = pytest.mark.usefixtures("running", "clock")
SLIDES = Material("讲义", "https://example.com/slides.pdf")


async def test_materials_are_for_who_came_or_waited_in_vain() -> None:
    salon_id = await published(hall(2))
    people = await owners(3)
    made = [await sign_up(*one, salon_id, waits=True) for one in people]
    await drain()
    one = await salon(salon_id)
    with pytest.raises(WrongState):
        await afterwards.hand_out(salon_id, [SLIDES], actor=SYSTEM, version=one.version)
    await db.execute("UPDATE salons SET state = 'held' WHERE id = $1", salon_id)
    for signup, state in zip(made, ("attended", "no_show", "missed"), strict=True):
        sql = "UPDATE salon_signups SET state = $2, nth = CASE WHEN $3 THEN NULL ELSE nth END WHERE id = $1"
        await db.execute(sql, signup.id, state, state == "missed")
    done = await afterwards.hand_out(salon_id, [SLIDES], actor=SYSTEM, version=one.version)
    await afterwards.hand_out(salon_id, [SLIDES, SLIDES], actor=SYSTEM, version=done.version)
    await drain()
    told = [(await inbox(person))[-1] == "salon_materials" for person, _ in people]
    assert told == [True, False, True]
    read = [
        len((await signups.detail(person, signup.id))["materials"])
        for (person, _), signup in zip(people, made, strict=True)
    ]
    assert read == [2, 0, 2]
    shown = await queries.detail(salon_id, await editor())
    assert ([one["title"] for one in shown["materials"]], shown["materials_at"] is not None) == (["讲义", "讲义"], True)


async def test_no_scanner_sees_who_is_there_online_and_he_reads_the_materials_all_the_same() -> None:
    salon_id = await published(hall(1), online(1))
    here, there = await owners(2)
    made = [await sign_up(*one, salon_id, way=way) for one, way in ((here, "hall"), (there, "online"))]
    await drain()
    await db.execute("UPDATE salons SET state = 'held' WHERE id = $1", salon_id)
    await afterwards.hand_out(salon_id, [SLIDES], actor=SYSTEM, version=(await salon(salon_id)).version)
    await drain()
    assert ["salon_materials" in await inbox(person) for person, _ in (here, there)] == [False, True]
    shown = [await signups.detail(one[0], signup.id) for one, signup in zip((here, there), made, strict=True)]
    assert [len(one["materials"]) for one in shown] == [0, 1]


async def test_what_comes_after_is_offered_after() -> None:
    salon_id = await published(hall(2))
    later = {"hand_out", "write_minutes"}
    writer, desk = await editor(), await clerk(Role.FRONT_DESK)
    assert not later & set((await queries.detail(salon_id, writer))["may"])
    await db.execute("UPDATE salons SET state = 'held' WHERE id = $1", salon_id)
    assert later <= set((await queries.detail(salon_id, writer))["may"])
    assert not later & set((await queries.detail(salon_id, desk))["may"])


async def test_a_sentence_of_the_hosts_reaches_all_once_and_promises_nothing() -> None:
    salon_id = await published(hall(1))
    people = await owners(2)
    for one in people:
        await sign_up(*one, salon_id, waits=True)
    await drain()
    await afterwards.say(salon_id, "请带营业执照复印件。", actor=SYSTEM)
    await drain()
    assert [(await inbox(person)).count("salon_word") for person, _ in people] == [1, 1]
    with pytest.raises(Invalid):
        await afterwards.say(salon_id, "来了保证能拿到补贴。", actor=SYSTEM)


async def test_what_nobody_would_hear_is_not_said() -> None:
    salon_id = await published(hall(1))
    with pytest.raises(errors.NobodyHears, match="报名中"):
        await afterwards.say(salon_id, "请带营业执照复印件。", actor=SYSTEM)
    await sign_up(*(await owners(1))[0], salon_id)
    version = (await salon(salon_id)).version
    await service.cancel(salon_id, "场地停电", actor=SYSTEM, version=version)
    with pytest.raises(errors.NobodyHears, match="已取消"):
        await afterwards.say(salon_id, "请带营业执照复印件。", actor=SYSTEM)
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'salons.said'") == 0
    # Whoever was there hears also what is said of a salon that was laid aside.
    await db.execute("UPDATE salons SET state = 'archived' WHERE id = $1", salon_id)
    attended = "UPDATE salon_signups SET state = 'attended', nth = 1, quota_id = (SELECT id FROM salon_quotas)"
    await db.execute(attended)
    await afterwards.say(salon_id, "录像明天发布。", actor=SYSTEM)
