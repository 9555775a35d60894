"""Who writes and who reviews articles, and articles at the point where a test begins."""

from typing import Any
from uuid import UUID

from backend.access import Actor, ActorKind, Grant, Role
from backend.assembly import CITABLES
from backend.foundation import db
from backend.questions.knowledge import service
from backend.questions.knowledge.content import ArticleContent
from backend.questions.knowledge.versions import Handled

WRITER = Actor(ActorKind.STAFF, UUID(int=11), "撰写人", (Grant(Role.SPECIALIST),))
REVIEWER = Actor(ActorKind.STAFF, UUID(int=12), "审核人", (Grant(Role.REVIEWER),))
BOTH = Actor(ActorKind.STAFF, UUID(int=13), "兼任者", (Grant(Role.SPECIALIST), Grant(Role.REVIEWER)))
READER = Actor(ActorKind.STAFF, UUID(int=14), "窗口", (Grant(Role.FRONT_DESK),))

_NEWEST = """
SELECT id FROM policy_versions WHERE policy_id = $1 AND published_at IS NOT NULL ORDER BY edition DESC LIMIT 1
"""
LAW = {
    "source": "law",
    "document": "促进个体工商户发展条例",
    "article": "第十三条",
    "sentence": "个体工商户可以自愿变更经营者或者转型为企业。",
}


def content(title: str = "个体工商户怎么变更经营者", **given: Any) -> ArticleContent:
    return ArticleContent.model_validate(
        {
            "audience": "public",
            "title": title,
            "body": "可以直接申请变更登记，**无须**先注销。",
            "category": "consult_registration",
            "asked_as": ["店转给亲戚，执照怎么改"],
            "citations": [LAW],
            **given,
        }
    )


def cites(version_id: UUID, words: str = "十人以下的小店可以减费。") -> dict[str, str]:
    return {"source": "policies", "version_id": str(version_id), "words": words}


async def version_of(policy_id: UUID) -> UUID:
    """The newest version of a policy that came out."""
    found = await db.fetch_value(_NEWEST, policy_id)
    assert isinstance(found, UUID)
    return found


async def drafted(title: str = "个体工商户怎么变更经营者", **given: Any) -> Handled:
    return await service.draft(content(title, **given), CITABLES, actor=WRITER)


async def submitted(title: str = "个体工商户怎么变更经营者", **given: Any) -> Handled:
    made = await drafted(title, **given)
    return await service.submit(made.id, CITABLES, actor=WRITER, version=made.version)


async def published(title: str = "个体工商户怎么变更经营者", **given: Any) -> Handled:
    """Take an article the whole way, written by one and released by another."""
    handed = await submitted(title, **given)
    return await service.publish(handed.id, CITABLES, actor=REVIEWER, version=handed.version)


async def renewed(article: Handled, **given: Any) -> Handled:
    """Bring out the next edition of an article."""
    made = await service.edit(article.id, content(**given), CITABLES, actor=WRITER, version=article.version)
    handed = await service.submit(article.id, CITABLES, actor=WRITER, version=made.version)
    return await service.publish(article.id, CITABLES, actor=REVIEWER, version=handed.version)
