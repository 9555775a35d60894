"""The survey of the demo is one that the service takes, and is made once."""

import pytest

from backend.questions.surveys.models import Survey
from operations.demo_survey import seed_survey
from tests.backend.policies.people import REVIEWER, WRITER

pytestmark = pytest.mark.usefixtures("running", "clock")


async def test_it_is_released_once() -> None:
    await seed_survey(WRITER, REVIEWER)
    await seed_survey(WRITER, REVIEWER)
    assert [one.state async for one in Survey.all()] == ["released"]
