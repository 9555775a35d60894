"""The demo's articles come out by two people, rest on the real policies, and come out once."""

import pytest

from backend.foundation import db
from backend.policies import service
from backend.policies.editing import imports
from backend.policies.models import Policy, PolicyVersion
from backend.questions.knowledge import queries
from operations.demo_articles import seed_articles
from tests.backend.policies.people import REVIEWER, WRITER

pytestmark = pytest.mark.usefixtures("running", "clock")

CITED = ("N01", "N04", "N05", "N07", "N08", "N22")


async def _policies() -> None:
    """The real policies, of which some are published."""
    await imports.import_policies(imports.REAL, actor=WRITER)
    for policy in await Policy.filter(number__in=CITED):
        handed = await service.submit(policy.id, actor=WRITER)
        await service.publish(policy.id, actor=REVIEWER, version=handed.version)


async def test_the_articles_whose_policies_are_out_come_out_once() -> None:
    await _policies()
    for _ in range(2):
        await seed_articles(WRITER, REVIEWER)
    page = await queries.public_page(None, None, 100)
    titles = {one["title"] for one in page["items"]}
    assert len(page["items"]) == len(titles) == 5
    assert "第一次出错会不会罚款：首违不罚和轻微免罚" not in titles, "its policy is not out"
    assert await db.fetch_value("SELECT count(*) FROM knowledge_versions WHERE audience = 'internal'") == 1
    cited = {
        one["number"]
        for row in page["items"]
        for one in (await queries.public_detail(row["id"]))["citations"]
        if "number" in one
    }
    assert cited == set(CITED)
    assert await PolicyVersion.filter(state="published").count() == len(CITED)


async def test_a_seed_that_was_cut_off_goes_on() -> None:
    await _policies()
    await seed_articles(WRITER, REVIEWER)
    await db.execute("UPDATE knowledge_versions SET state = 'draft', published_at = NULL, reviewer_id = NULL")
    await seed_articles(WRITER, REVIEWER)
    assert len((await queries.public_page(None, None, 100))["items"]) == 5
