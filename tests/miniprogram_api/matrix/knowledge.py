"""Who may call what about the knowledge base."""

from uuid import UUID

from backend.access import Actor, Role
from backend.assembly import CITABLES
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.questions.knowledge import gaps, service
from backend.questions.knowledge.outdating import Withdrawn, note
from backend.questions.knowledge.versions import Handled
from tests.backend.cases.people import opened
from tests.backend.policies import people as policy_people
from tests.backend.questions.knowledge.people import (
    REVIEWER,
    WRITER,
    cites,
    content,
    drafted,
    published,
    submitted,
    version_of,
)
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
WRITERS = frozenset({Role.SPECIALIST, Role.PUBLISHER})
REVIEWERS = frozenset({Role.REVIEWER})


def _of(article: Handled, **call: object) -> Call:
    tagged = {"If-Match": f'"{article.version}"'}
    return Call(params={"article_id": article.id}, headers=tagged, **call)  # type: ignore[arg-type]


async def _public(_world: World) -> Call:
    return Call(params={"article_id": (await published()).id})


async def _voted(_world: World) -> Call:
    return Call(params={"article_id": (await published()).id}, body={"helped": True})


async def _asked(_world: World) -> Call:
    await published()
    return Call(query={"text": "店转给亲戚，执照怎么改"})


async def _asked_publicly(_world: World) -> Call:
    await published()
    return Call(query={"q": "执照怎么改", "category": "consult_registration"})


async def _new(_world: World) -> Call:
    return Call(body=content().model_dump(mode="json"))


async def _edited(_world: World) -> Call:
    return _of(await drafted(), body=content("改过的").model_dump(mode="json"))


async def _drafted(_world: World) -> Call:
    return _of(await drafted())


async def _submitted(_world: World) -> Call:
    return _of(await submitted())


async def _sent_back(_world: World) -> Call:
    return _of(await submitted(), body={"reason": "请写明第几条"})


async def _published(_world: World) -> Call:
    return _of(await published(), body={"reason": "口径有误"})


async def _line(actor: Actor) -> UUID:
    """A line of the correction list."""
    policy = await policy_people.published()
    version = await version_of(policy.id)
    made = await service.draft(content(citations=[cites(version)]), CITABLES, actor=actor)
    handed = await service.submit(made.id, CITABLES, actor=actor, version=made.version)
    await service.publish(made.id, CITABLES, actor=REVIEWER, version=handed.version)
    async with db.transaction():
        await note("policies", [Withdrawn(version, "已撤回")])
    found = await db.fetch_value("SELECT id FROM knowledge_corrections")
    assert isinstance(found, UUID)
    return found


async def _listed(_world: World) -> Call:
    await _line(WRITER)
    return Call(query={"state": "open", "kind": "article"})


async def _to_settle(_world: World) -> Call:
    return Call(body={"ids": [str(await _line(WRITER))], "state": "unaffected", "reason": "只是文号变了"})


async def _to_tell(_world: World) -> Call:
    return Call(body={"ids": [str(new_id())], "note": "请以新政策为准"})


async def _gap(_world: World) -> Call:
    for text in ("健身房会员卡怎么退钱", "健身房的会员卡能退钱吗"):
        await opened(category="help_rights", title=text, body=text)
    await gaps.make()
    return Call(params={"gap_id": await db.fetch_value("SELECT id FROM knowledge_gaps")})


async def _gap_report(world: World) -> Call:
    await _gap(world)
    return Call()


STAFF = "/api/staff/v1/knowledge"
ONE = f"{STAFF}/articles/<article_id:uuid>"
PUBLIC = "/api/public/v1/articles"

ROWS = (
    Row("GET", PUBLIC, arrange=_asked_publicly),
    Row("GET", f"{PUBLIC}/<article_id:uuid>", arrange=_public),
    Row("POST", f"{PUBLIC}/<article_id:uuid>/helpful", anonymous=204, arrange=_voted),
    Row("GET", "/api/owner/v1/questions/similar", arrange=_asked),
    Row("GET", f"{STAFF}/articles", roles=READERS),
    Row("POST", f"{STAFF}/articles", roles=WRITERS, arrange=_new),
    Row("GET", ONE, roles=READERS, arrange=_drafted),
    Row("PUT", f"{ONE}/draft", roles=WRITERS, arrange=_edited),
    Row("POST", f"{ONE}/submit", roles=WRITERS, arrange=_drafted),
    Row("POST", f"{ONE}/send-back", roles=REVIEWERS, arrange=_sent_back),
    Row("POST", f"{ONE}/publish", roles=REVIEWERS, arrange=_submitted),
    Row("POST", f"{ONE}/withdraw", roles=REVIEWERS, arrange=_published),
    Row("GET", f"{STAFF}/categories", roles=READERS),
    Row("GET", f"{STAFF}/corrections", roles=READERS, arrange=_listed),
    Row("POST", f"{STAFF}/corrections/settle", roles=WRITERS, arrange=_to_settle),
    Row("POST", f"{STAFF}/corrections/tell", roles=WRITERS, arrange=_to_tell),
    Row("GET", f"{STAFF}/gaps", roles=READERS, arrange=_gap_report),
    Row("GET", f"{STAFF}/gaps/<gap_id:uuid>", roles=READERS, arrange=_gap),
)
