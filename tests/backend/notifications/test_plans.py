"""Every statement of the delivery path finds its rows by an index, in every partition, however many are settled."""

import re

import pytest

from backend.foundation import db
from backend.notifications import (
    claiming,
    due,
    inbox,
    judging,
    locking,
    passing_on,
    proof,
    settling,
    sweeping,
    ways,
)

HOT = {
    "lock": claiming._LOCK,
    "leads": claiming._LOCK_LEADS,
    "locking": locking._LOCK,
    "judge": judging.JUDGE,
    "ended": passing_on._FOUND,
    "take the next": passing_on._TAKE,
    "write the next": passing_on._WRITE,
    "ways": ways._LIVE,
    "by phone": ways._BY_PHONE,
    "by account": ways._BY_ACCOUNT,
    "go on with": due._OF_BROADCAST,
    "begin": settling._BEGIN,
    "move": settling._MOVE,
    "return": settling._RETURN,
    "call back": settling._CALL_BACK,
    "lose": settling._LOSE,
    "free": settling._FREE,
    "due": due._DUE,
    "final": sweeping._FINAL,
    "waiting": sweeping._WAITING,
    "abandoned addresses": settling._HELD,
    "prove": proof._PROVE,
    "by msgid": proof._BY_MSGID,
    "by pair": proof._BY_PAIR,
    "inbox": inbox._PAGE,
    "read": inbox._READ,
    "unread": inbox._UNREAD,
}
GROWS = r"Seq Scan on (?:deliveries|inbox|addresses|credits|credit_entries)\w*"


@pytest.mark.parametrize("name", HOT)
async def test_no_statement_needs_to_read_a_whole_table(database: str, name: str) -> None:
    async with db.transaction():
        # A plan for whatever parameters; a sequential scan then only stays where no index can serve.
        await db.execute("SET LOCAL enable_seqscan = off")
        await db.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await db.execute(f"PREPARE hot AS {HOT[name]}")
        nothing = ", ".join("NULL" for _ in range(len(set(re.findall(r"\$\d+", HOT[name])))))
        plan = "\n".join(row[0] for row in await db.fetch(f"EXPLAIN EXECUTE hot({nothing})"))
        await db.execute("DEALLOCATE hot")
    assert re.findall(GROWS, plan) == [], plan
