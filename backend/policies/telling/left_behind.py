"""Versions whose rule a release of the software left behind: nobody is answered or told by them, and staff hear of it.

A rule is read over the catalogue of the release that runs. One that this release can't read stays as it is stored:
answers leave it out (`rules.py`), a publication and the nightly difference find nobody by it, whoever waits to be told
waits on, a broadcast pauses and a planned release goes back into review. The first night after it can be read again
looks for everyone, as after a pause.
"""

from typing import Any, Final

from asyncpg import Record

from backend import alerts
from backend.foundation import db
from backend.policies import rules

KIND: Final = "rule_left_behind"
WHY: Final = "该政策的条件在系统升级后无法识别，暂不推送；请修改条件，经审核重新发布。"

_STANDING: Final = """
SELECT v.rule_hash, v.edition, v.state, v.title, p.number
FROM policy_versions v JOIN policies p ON p.id = v.policy_id WHERE v.state IN ('published', 'scheduled')
ORDER BY v.edition DESC
"""


async def watch() -> int:
    """Tell operators which published or scheduled versions are left behind, and why; returns how many there are."""
    rows = await db.fetch(_STANDING)
    reasons = await rules.left_behind({row["rule_hash"] for row in rows})
    found = [row for row in rows if row["rule_hash"] in reasons]
    await alerts.confirm(KIND, {row["number"]: _detail(row, reasons[row["rule_hash"]]) for row in found})
    return len(found)


async def is_known(rule_hash: str) -> bool:
    """Tell whether a version's rule can be read today; of one that can't operators hear at once."""
    if await rules.parsed({rule_hash}):
        return True
    await watch()
    return False


def _detail(row: Record, reason: str) -> dict[str, Any]:
    return {"policy": row["title"], "edition": row["edition"], "state": row["state"], "reason": reason}
