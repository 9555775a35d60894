"""The files of an edition: set on the open one, carried on, shown to readers only while the edition may be read."""

import asyncio
from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from backend import files
from backend.access import Actor
from backend.assembly import SHOWN_FILES
from backend.files.errors import Damaged, LinkExpired, TooBig, WrongKind
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.foundation.errors import Forbidden, NotFound
from backend.foundation.ids import new_id
from backend.policies import errors, queries, service
from backend.policies.editing import attachments, scheduling
from backend.policies.editing.attachments import Attachment
from backend.policies.editing.versions import Handled
from backend.policies.models import PolicyVersion
from backend.policies.states import VersionState
from tests.backend.files.compounds import DOC
from tests.backend.policies.people import BOTH, DESK, REVIEWER, WRITER, content

pytestmark = pytest.mark.usefixtures("running", "clock")

PDF = b"%PDF-1.4\n%%EOF"


async def _file(policy_id: UUID, body: bytes = PDF, name: str = "申报表.pdf", actor: Actor = WRITER) -> UUID:
    return (await files.enter(actor, name, await attachments.receive(policy_id, body, actor=actor))).id


async def _drafted(*titles: str) -> tuple[Handled, list[UUID]]:
    made = await service.draft(content(), actor=WRITER)
    ids = [await _file(made.id) for _ in titles]
    wanted = [Attachment(file_id, title) for file_id, title in zip(ids, titles, strict=True)]
    return await attachments.attach(made.id, wanted, actor=WRITER, version=made.version), ids


async def _out(policy_id: UUID) -> Handled:
    handed = await service.submit(policy_id, actor=WRITER)
    return await service.publish(policy_id, actor=REVIEWER, version=handed.version)


async def _read(policy_id: UUID) -> list[str]:
    """Return the titles that readers of the newest edition get."""
    told = await db.fetch_value(
        f"SELECT {attachments.ATTACHED} FROM policy_versions v WHERE v.policy_id = $1 ORDER BY v.edition DESC LIMIT 1",
        policy_id,
    )
    return [one["title"] for one in attachments.signed(told)]


async def _links(policy_id: UUID) -> list[str]:
    told = orjson.loads(await queries.public_detail(policy_id))
    return [one["url"] for one in told["attachments"]]


async def _opened(url: str) -> UUID:
    """Follow a link as the public door does."""
    path, _, query = url.partition("?")
    given = dict(part.split("=", 1) for part in query.split("&"))
    file_id = UUID(path.rpartition("/")[2])
    return (await files.follow(file_id, int(given["expires"]), given["signature"], SHOWN_FILES)).id


async def _listed(policy_id: UUID) -> list[tuple[int, str]]:
    return [(one["edition"], one["title"]) for one in await attachments.of_policy(DESK, policy_id)]


async def test_they_stand_in_the_order_given_and_open_for_a_while() -> None:
    made, ids = await _drafted("通知", "申报表")
    again = [Attachment(ids[1], "申报表（新）"), Attachment(ids[0], "通知")]
    await attachments.attach(made.id, again, actor=WRITER, version=made.version)
    await _out(made.id)
    told = await db.fetch_value(f"SELECT {attachments.ATTACHED} FROM policy_versions v")
    shown = orjson.loads(attachments.told_with('{"id": 1}', told))
    assert [one["title"] for one in shown["attachments"]] == ["申报表（新）", "通知"]
    first = shown["attachments"][0]
    assert (shown["id"], first["mime"], first["size"]) == (1, "application/pdf", len(PDF))
    assert await _opened(first["url"]) == ids[1]


async def test_readers_get_none_of_a_draft_and_none_of_what_was_withdrawn() -> None:
    made, _ = await _drafted("通知")
    assert await _read(made.id) == []
    done = await _out(made.id)
    assert await _read(made.id) == ["通知"]
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    assert await _read(made.id) == []
    assert await _listed(made.id) == [(1, "通知")]


async def test_a_link_that_was_given_before_a_withdrawal_ends_with_it() -> None:
    made, ids = await _drafted("通知")
    done = await _out(made.id)
    [url] = await _links(made.id)
    assert await _opened(url) == ids[0]
    await service.withdraw(done.id, "有误", actor=REVIEWER)
    with pytest.raises(LinkExpired):
        await _opened(url)
    [for_staff] = await attachments.of_policy(DESK, made.id)
    assert await _opened(for_staff["url"]) == ids[0]


async def test_what_a_withdrawn_edition_took_over_is_closed_until_a_later_one_has_it_again() -> None:
    made, ids = await _drafted("通知", "有误的附件")
    first = await _out(made.id)
    links = await _links(made.id)
    await service.edit(first.id, content("续"), actor=WRITER, version=first.version)
    second = await _out(made.id)
    assert [await _opened(url) for url in links] == ids
    gone = await service.withdraw(second.id, "有误", actor=REVIEWER)
    for url in links:
        with pytest.raises(LinkExpired):
            await _opened(url)
    third = await service.edit(gone.id, content("再续"), actor=WRITER, version=gone.version)
    await attachments.attach(made.id, [Attachment(ids[0], "通知")], actor=WRITER, version=third.version)
    await _out(made.id)
    assert await _opened(links[0]) == ids[0]
    with pytest.raises(LinkExpired):
        await _opened(links[1])


async def test_a_reader_s_link_that_nobody_answers_for_is_closed() -> None:
    plain = (await files.store(WRITER, "attachment", "别的.pdf", PDF)).id
    assert await _opened(files.address(plain)) == plain
    with pytest.raises(LinkExpired):
        await _opened(files.address(plain, for_readers=True))


async def test_the_next_edition_begins_with_them_and_changes_only_its_own() -> None:
    made, ids = await _drafted("通知", "申报表")
    done = await _out(made.id)
    second = await service.edit(done.id, content("续"), actor=WRITER, version=done.version)
    assert await _listed(made.id) == [(2, "通知"), (2, "申报表"), (1, "通知"), (1, "申报表")]
    only = [Attachment(ids[1], "申报表")]
    await attachments.attach(made.id, only, actor=BOTH, version=second.version)  # a colleague may keep what was there
    assert await _listed(made.id) == [(2, "申报表"), (1, "通知"), (1, "申报表")]


async def test_what_is_out_cannot_be_changed() -> None:
    made, ids = await _drafted("通知")
    done = await _out(made.id)
    with pytest.raises(errors.NothingOpen):
        await attachments.attach(made.id, [Attachment(ids[0], "改名")], actor=WRITER, version=done.version)


async def test_a_change_takes_it_out_of_review_and_makes_its_hand_an_editor_s(clock: Frozen) -> None:
    made, ids = await _drafted("通知")
    handed = await service.submit(made.id, actor=WRITER)
    at = clock.now() + timedelta(days=1)
    waiting = await service.publish(made.id, actor=REVIEWER, version=handed.version, at=at)
    changed = await attachments.attach(made.id, [Attachment(ids[0], "改")], actor=BOTH, version=waiting.version)
    assert changed.state is VersionState.DRAFT
    clock.set(at)
    assert await scheduling.release_due() == 0
    handed = await service.submit(made.id, actor=WRITER)
    with pytest.raises(errors.SameAuthor):
        await service.publish(made.id, actor=BOTH, version=handed.version)
    assert (await PolicyVersion.get(policy_id=made.id)).edited_by == BOTH.id


async def test_another_s_file_another_policy_s_and_none_at_all_are_not_found() -> None:
    made, ids = await _drafted("通知")
    other, _ = await _drafted()
    his = await _file(made.id, actor=BOTH)
    plain = (await files.store(WRITER, "attachment", "别的.pdf", PDF)).id
    for wrong in (his, new_id(), plain):
        with pytest.raises(errors.AttachmentUnknown):
            await attachments.attach(made.id, [Attachment(wrong, "甲")], actor=WRITER, version=made.version)
    with pytest.raises(errors.AttachmentUnknown):
        await attachments.attach(other.id, [Attachment(ids[0], "甲")], actor=BOTH, version=other.version)
    assert await _listed(made.id) == [(1, "通知")]


async def test_of_two_changes_over_the_same_reading_one_is_told() -> None:
    made, ids = await _drafted("通知")
    changes = (
        attachments.attach(made.id, [Attachment(ids[0], title)], actor=WRITER, version=made.version) for title in "甲乙"
    )
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(one, errors.PolicyChanged) for one in results) == 1


async def test_only_who_writes_policies_uploads() -> None:
    made, _ = await _drafted()
    with pytest.raises(Forbidden):
        await _file(made.id, actor=REVIEWER)
    with pytest.raises(Forbidden):
        await attachments.attach(made.id, [], actor=REVIEWER, version=made.version)
    with pytest.raises(errors.PolicyUnknown):
        await _file(new_id())


async def test_a_file_is_what_its_bytes_are() -> None:
    made, _ = await _drafted()
    kept = await files.enter(WRITER, "申报表.wps", await attachments.receive(made.id, DOC, actor=WRITER))
    assert (kept.media_type, kept.name) == ("application/msword", "申报表.doc")
    with pytest.raises(WrongKind):
        await _file(made.id, b"MZ\x90\x00" + bytes(100), "申报表.pdf")
    with pytest.raises(Damaged):
        await _file(made.id, PDF[:9])


async def test_a_file_may_be_as_large_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = await _drafted()
    assert attachments.most_bytes() == 20 * 1024 * 1024
    monkeypatch.setattr(attachments, "most_bytes", lambda: 64)
    with pytest.raises(TooBig):
        await _file(made.id, PDF + b" " * 64 + b"%%EOF")
    assert await _file(made.id)


async def test_what_stands_with_no_edition_is_swept_after_a_day(clock: Frozen) -> None:
    made, ids = await _drafted("通知")
    lost = await _file(made.id)
    other = (await files.store(WRITER, "attachment", "别的.pdf", PDF)).id
    assert await attachments.sweep() == 0
    clock.advance(timedelta(days=1, seconds=1))
    assert await attachments.sweep() == 1
    with pytest.raises(NotFound):
        await files.get(WRITER, lost)
    assert (await files.get(WRITER, ids[0])).id == ids[0]
    assert (await files.get(WRITER, other)).id == other
    with pytest.raises(errors.AttachmentUnknown):
        await attachments.attach(made.id, [Attachment(lost, "甲")], actor=WRITER, version=made.version)


async def test_a_file_that_is_just_being_attached_is_not_swept(clock: Frozen) -> None:
    made, _ = await _drafted()
    late = await _file(made.id)
    clock.advance(timedelta(days=2))
    attached, swept = asyncio.Event(), asyncio.Event()

    async def attaching() -> None:
        async with db.transaction():
            await attachments.attach(made.id, [Attachment(late, "甲")], actor=WRITER, version=made.version)
            attached.set()
            await swept.wait()

    task = asyncio.create_task(attaching())
    await attached.wait()
    assert await attachments.sweep() == 0
    swept.set()
    await task
    assert await attachments.sweep() == 0
    assert await _listed(made.id) == [(1, "甲")]
    assert (await files.get(WRITER, late)).id == late
