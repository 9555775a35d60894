"""Questions at the point where a test begins; WeChat's word is put down by hand."""

import io
from datetime import timedelta
from uuid import UUID

from PIL import Image

from backend import assembly, cases, files, outbox
from backend.access import Actor
from backend.cases import handling
from backend.foundation import clock, db
from backend.moderation import standing
from backend.questions import asking, barring, publishing
from backend.questions.asking import Asked
from tests.backend.cases.people import asker, manager, whose

CATEGORY = "consult_policy"
TEXT = "我店雇了两个人，稳岗补贴怎么申请？"

_SUBJECT = "SELECT id FROM moderation_subjects WHERE origin_id = $1"
_JUDGE = """
UPDATE moderation_parts SET state = $2, suggest = $3, next_at = NULL, settled_at = now() WHERE subject_id = $1
"""


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(target, "PNG")
    return target.getvalue()


async def photo(owner: Actor) -> UUID:
    return (await files.store(owner, "question_photo", "现场.png", picture())).id


async def ask(owner: Actor, text: str = TEXT, **given: object) -> UUID:
    return await asking.ask(Asked(**{"category": CATEGORY, "text": text, **given}), actor=owner)  # type: ignore[arg-type]


async def judge(question_id: UUID, *, passes: bool = True) -> None:
    """Say what the check came to, and let the outbox carry it out."""
    subject = await db.fetch_value(_SUBJECT, question_id)
    async with db.transaction():
        await standing.lock([subject])
        await db.execute(_JUDGE, subject, "passed" if passes else "held", "pass" if passes else "review")
        await standing.move([subject])
    await drain()


async def drain() -> None:
    drained = await outbox.drain(assembly.OUTBOX_HANDLERS)
    assert drained.failed == 0


async def subject_of(question_id: UUID) -> UUID:
    found: UUID = await db.fetch_value(_SUBJECT, question_id)
    return found


async def case_of(question_id: UUID) -> UUID:
    return (await cases.of("questions", [question_id]))[question_id].case_id


async def received(owner: Actor, **given: object) -> UUID:
    question_id = await ask(owner, **given)  # type: ignore[arg-type]
    await judge(question_id)
    return question_id


async def answered(owner: Actor | None = None, **given: object) -> UUID:
    """A question that a clerk has answered."""
    question_id = await received(owner or (await asker())[0], **given)
    worker = await whose(await case_of(question_id))
    await handling.accept(await case_of(question_id), actor=worker)
    await handling.answer(await case_of(question_id), "可以，材料见清单。", actor=worker)
    await drain()
    return question_id


async def proposed(question_id: UUID | None = None, writer: Actor | None = None) -> UUID:
    question_id = question_id or await answered()
    writer = writer or await manager()
    return await publishing.propose(
        question_id, "稳岗补贴怎么申请", "雇了人的小店能否申请？", "可以，见说明。", actor=writer
    )


async def published(question_id: UUID | None = None) -> UUID:
    """A question that is public; returns its id."""
    question_id = question_id or await answered()
    await publishing.release(await proposed(question_id), actor=await manager())
    await drain()
    return question_id


async def barred(owner: Actor, by: Actor | None = None, days: int = 30) -> UUID:
    """The bar of an owner who asked something."""
    question_id = await ask(owner)
    until = clock.now() + timedelta(days=days)
    return await barring.bar(question_id, "多次提交辱骂内容", "提问须知第3条", until, actor=by or await manager())


async def state_of(question_id: UUID) -> str:
    state: str = await db.fetch_value("SELECT state FROM questions WHERE id = $1", question_id)
    return state
