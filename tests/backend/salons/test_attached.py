"""Posters and uploaded materials: who may name a file, who may open it and until when, what becomes of the others."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend import files
from backend.access import SYSTEM, Actor, Role
from backend.assembly import SHOWN_FILES
from backend.files.errors import LinkExpired, TooManyPixels, WrongKind
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, NotFound
from backend.foundation.states import WrongState
from backend.salons import afterwards, attached, copying, queries, service
from backend.salons.attached import Material
from backend.salons.errors import FileUnknown, SalonUnknown
from backend.salons.seats import signups
from backend.salons.states import SalonState
from tests.backend.cases.people import clerk
from tests.backend.files.compounds import compound
from tests.backend.salons.people import editor, hall, owners, published, salon, sign_up, written
from tests.factories.recordings import film, picture

pytestmark = pytest.mark.usefixtures("running", "clock")

PDF = b"%PDF-1.4\n%%EOF"


async def _file(salon_id: UUID, actor: Actor, what: attached.What = "material", body: bytes = PDF) -> UUID:
    return (await attached.receive(salon_id, what, "讲义.pdf", body, actor=actor)).id


async def _put_up(salon_id: UUID, poster_id: UUID | None, actor: Actor) -> None:
    await afterwards.put_up(salon_id, poster_id, actor=actor, version=(await salon(salon_id)).version)


async def _hand_out(salon_id: UUID, actor: Actor, *materials: Material) -> None:
    await afterwards.hand_out(salon_id, materials, actor=actor, version=(await salon(salon_id)).version)


async def _held() -> tuple[UUID, Actor, UUID]:
    """A salon that took place, one who came to it, and his sign-up."""
    salon_id = await published(hall(2))
    ((person, place),) = await owners(1)
    made = await sign_up(person, place, salon_id)
    await db.execute("UPDATE salons SET state = 'held' WHERE id = $1", salon_id)
    await db.execute("UPDATE salon_signups SET state = 'attended' WHERE id = $1", made.id)
    return salon_id, person, made.id


async def test_who_reads_a_salon_reads_what_may_be_sent_for_it() -> None:
    salon_id = await published(hall(1))
    uses = {one["what"]: one for one in (await queries.detail(salon_id, await editor()))["file_uses"]}
    assert list(uses) == ["poster", "material", "recording"]
    assert (uses["poster"]["kinds"], uses["poster"]["max_bytes"]) == (["JPEG", "PNG", "WebP"], 10 << 20)
    assert uses["recording"]["endings"] == ["mp4", "m4a"]
    assert {"pdf", "docx", "jpg", "jpeg"} <= set(uses["material"]["endings"])


async def _opened(url: str) -> UUID:
    """Follow a link as the public door does."""
    path, _, query = url.partition("?")
    given = dict(part.split("=", 1) for part in query.split("&"))
    file_id = UUID(path.rpartition("/")[2])
    return (await files.follow(file_id, int(given["expires"]), given["signature"], SHOWN_FILES)).id


async def test_a_poster_is_everybodys_once_its_salon_is_out_and_is_copied_with_it() -> None:
    writer = await editor()
    made = await service.draft(written(), actor=writer)
    poster = await _file(made.id, writer, "poster", picture())
    await _put_up(made.id, poster, writer)
    assert await attached.poster(poster) is None
    await service.publish(made.id, actor=writer, version=made.version + 1)
    shown = await attached.poster(poster)
    assert shown
    assert shown.media_type == "image/png"
    assert (await queries.shown(made.id))["poster_url"] == f"{attached.POSTERS_AT}{poster}"
    told = (await queries.detail(made.id, writer))["poster"]
    assert await _opened(told["url"]) == poster
    another = await copying.copy(made.id, (await salon(made.id)).starts_at + timedelta(days=7), actor=writer)
    assert (await salon(another.id)).poster_id == poster
    await _put_up(made.id, None, writer)
    assert (await queries.shown(made.id))["poster_url"] is None
    assert await attached.poster(poster) is None


async def test_whoever_came_opens_what_was_uploaded_until_it_is_taken_back() -> None:
    salon_id, person, signup_id = await _held()
    writer = await editor()
    slides = await _file(salon_id, writer)
    film_id = await _file(salon_id, writer, "recording", film())
    link = Material("网上的资料", "https://example.com/slides.pdf")
    await _hand_out(salon_id, writer, Material("讲义", file_id=slides), link, Material("录像", file_id=film_id))
    read = (await signups.detail(person, signup_id))["materials"]
    assert [(one["title"], one["mime"]) for one in read] == [
        ("讲义", "application/pdf"), ("网上的资料", None), ("录像", "video/mp4"),
    ]  # fmt: skip
    assert await _opened(read[0]["url"]) == slides
    assert await _opened(read[2]["url"]) == film_id
    # What the salon has already may be named again by a colleague.
    await _hand_out(salon_id, await editor(), Material("录像", file_id=film_id))
    with pytest.raises(LinkExpired):
        await _opened(read[0]["url"])
    assert await _opened(read[2]["url"]) == film_id
    with pytest.raises(NotFound):
        await files.get(person, film_id)


async def test_only_what_one_uploaded_oneself_for_that_may_be_named() -> None:
    salon_id, _, _ = await _held()
    writer, other = await editor(), await editor()
    slides, poster = await _file(salon_id, writer), await _file(salon_id, writer, "poster", picture())
    for actor, file_id in ((other, slides), (writer, poster), (writer, salon_id)):
        with pytest.raises(FileUnknown):
            await _hand_out(salon_id, actor, Material("讲义", file_id=file_id))
    with pytest.raises(FileUnknown):
        await _put_up(salon_id, slides, writer)
    assert (await salon(salon_id)).materials_at is None


async def test_who_may_not_edit_a_salon_uploads_nothing_for_it() -> None:
    salon_id = await published(hall(1), district="330502")
    with pytest.raises(Forbidden):
        await _file(salon_id, await clerk(Role.FRONT_DESK))
    with pytest.raises(SalonUnknown):
        await _file(salon_id, await clerk(Role.PUBLISHER, districts=("330503",)))


async def test_nothing_is_put_up_for_what_was_called_off() -> None:
    salon_id, writer = await published(hall(1)), await editor()
    await service.cancel(salon_id, "场地停电", actor=SYSTEM, version=(await salon(salon_id)).version)
    with pytest.raises(WrongState):
        await _put_up(salon_id, await _file(salon_id, writer, "poster", picture()), writer)


async def test_the_poster_is_offered_to_whoever_may_put_it_up() -> None:
    salon_id, writer = await published(hall(1)), await editor()
    for state in SalonState:
        await db.execute("UPDATE salons SET state = $2 WHERE id = $1", salon_id, state.value)
        may = (await queries.detail(salon_id, writer))["may"]
        assert ("set_poster" in may) is (state is not SalonState.CANCELLED)
    await db.execute("UPDATE salons SET state = 'open' WHERE id = $1", salon_id)
    assert "set_poster" not in (await queries.detail(salon_id, await clerk(Role.FRONT_DESK)))["may"]


async def test_files_are_what_they_are_for() -> None:
    salon_id, writer = await published(hall(1)), await editor()
    for what, body, why in (("poster", PDF, WrongKind), ("recording", PDF, WrongKind), ("material", film(), WrongKind)):
        with pytest.raises(why):
            await _file(salon_id, writer, what, body)  # type: ignore[arg-type]
    with pytest.raises(TooManyPixels):
        await _file(salon_id, writer, "poster", picture(5001))
    old = await attached.receive(salon_id, "material", "讲义.ppt", compound("PowerPoint Document"), actor=writer)
    assert (old.name, old.media_type) == ("讲义.ppt", "application/vnd.ms-powerpoint")


async def test_what_no_salon_names_a_day_later_is_let_go(clock: Frozen) -> None:
    salon_id, _, _ = await _held()
    writer = await editor()
    named, unnamed = await _file(salon_id, writer), await _file(salon_id, writer)
    poster = await _file(salon_id, writer, "poster", picture())
    await _put_up(salon_id, poster, writer)
    await _hand_out(salon_id, writer, Material("讲义", file_id=named))
    clock.advance(timedelta(hours=23))
    assert await attached.sweep() == 0
    clock.advance(timedelta(hours=2))
    assert await attached.sweep() == 1
    rows = await db.fetch("SELECT id FROM files WHERE state = 'stored'")
    assert {row["id"] for row in rows} == {named, poster}
    assert unnamed not in {named, poster}
