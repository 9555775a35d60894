"""A broadcast to 20,000 through 200 kills: of workers, the API, Valkey (emptied) and PostgreSQL.

Value: kills it lived through. `lost` and `doubled` are counted by the stand-in's own ledger and must be 0, and all else
that `tests/journeys/judging.py` asks must hold, or the bench fails. `unknown` were seen without an answer, `by_event`
is what WeChat's events settled, `unknown_final` what nobody can say of. WUWEI_TEST_SEED repeats the kills of a run.
"""

import asyncio
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

import orjson
import psutil

from tests.benches.support import IS_SMALL
from tests.journeys.judging import Verdict, judge
from tests.journeys.killing import IN_FLIGHT, LATE, Plan, Story
from tests.support.killable import killable

PEOPLE: Final = 2_000 if IS_SMALL else 20_000
MESSAGES: Final = 400 if IS_SMALL else 4_000
KILLS: Final = 30 if IS_SMALL else 210
LONG_OUTAGES: Final = 1 if IS_SMALL else 2


async def run(directory: Path, plan: Plan) -> Verdict:
    with killable(directory, send_concurrency=IN_FLIGHT, release_above=PEOPLE // 2) as service:
        told = await Story(service, plan).run()
        return await judge(service, plan, told)


def main() -> int:
    plan = Plan.drawn(PEOPLE, MESSAGES, KILLS, delays=LATE, long_outages=LONG_OUTAGES)
    sys.stderr.write(f"WUWEI_TEST_SEED={plan.seed}\n")
    with tempfile.TemporaryDirectory(prefix="wuwei-bench-") as directory:
        verdict = asyncio.run(run(Path(directory), plan))
    line = {"bench": "crash", "value": sum(verdict.kills.values()), "unit": "kills", **asdict(verdict)}
    print(orjson.dumps({**line, "seed": plan.seed, "load": round(psutil.getloadavg()[0], 1)}).decode(), flush=True)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
