"""What waits for its release ends with the thing that it is about."""

import pytest

from backend.notifications.broadcasts import OriginHolds, OriginOver, outdating
from tests.backend.notifications.broadcasts.crowds import Crowd, persons, row

pytestmark = pytest.mark.usefixtures("running", "clock")


@pytest.mark.parametrize(
    ("stops", "expected"),
    [(OriginOver(), ("cancelled", outdating.WHY)), (OriginHolds("待查。"), ("frozen", None)), (None, ("frozen", None))],
)
async def test_what_waits_ends_when_its_thing_is_over(
    stops: Exception | None, expected: tuple[str, str | None]
) -> None:
    await persons(2)
    crowd = Crowd()
    made = await crowd.frozen()
    crowd.stops = stops
    assert await outdating.end_what_is_over(crowd.origins) == (expected[0] == "cancelled")
    found = await row(made)
    assert (found["state"], found["reason"]) == expected
