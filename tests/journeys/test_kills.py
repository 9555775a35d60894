"""A broadcast through kills: nobody is left out, nobody is told twice, and whatever is unknown was under way then.

The same in large is the bench `crash`.
"""

import sys
from pathlib import Path

from tests.journeys.judging import judge
from tests.journeys.killing import IN_FLIGHT, Plan, Story
from tests.support.killable import killable
from tests.support.sizes import EFFORT

PEOPLE, MESSAGES, KILLS = {"quick": (300, 60, 5), "normal": (500, 100, 6), "thorough": (3_000, 600, 40)}[EFFORT]


async def test_a_broadcast_lives_through_kills(tmp_path: Path) -> None:
    plan = Plan.drawn(PEOPLE, MESSAGES, KILLS)
    with killable(tmp_path, send_concurrency=IN_FLIGHT, release_above=PEOPLE // 2) as service:
        told = await Story(service, plan).run()
        verdict = await judge(service, plan, told)
        assert verdict.wrong == (), f"WUWEI_TEST_SEED={plan.seed}: {verdict}\n{service.said()}"
    sys.stderr.write(f"{verdict}\n")
