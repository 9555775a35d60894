"""Every statement of the delivery path finds its rows by an index, in every partition, however many are settled."""

import re

import pytest

from backend.foundation import db
from backend.notifications import (
    asking,
    claiming,
    due,
    inbox,
    judging,
    locking,
    operating,
    passing_on,
    proof,
    settling,
    staff_inbox,
    staff_notices,
    sweeping,
    ways,
)
from backend.notifications import watching as deliveries_watching
from backend.notifications.broadcasts import watching

PAGE = inbox._WHOLE.format(inbox._PAGE.format(box=inbox._BOXES["current"], unread=""))
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
    "free all": settling._FREE_ALL,
    "free some": settling._FREE_SOME,
    "due": due._DUE,
    "final": sweeping._FINAL,
    "waiting": sweeping._WAITING,
    "abandoned addresses": settling._HELD,
    "drop": settling._DROP,
    "prove": proof._PROVE,
    "by msgid": proof._BY_MSGID,
    "by pair": proof._BY_PAIR,
    "inbox": PAGE,
    "entry": inbox._WHOLE.format(inbox._ONE),
    "read": inbox._READ,
    "read all": inbox._READ_ALL,
    "put away": inbox._ARCHIVE,
    "unread": inbox._UNREAD,
    "notices": staff_inbox._PAGE.format(
        wanted=staff_inbox._WANTED.format(box=staff_inbox._BOXES["current"], unread=""), count=""
    ),
    "notices read": staff_inbox._READ,
    "notices unread": staff_inbox._UNREAD,
    "settle": staff_notices._SETTLE,
    "ask for": asking._UNMET,
    "states of a day": operating._STATES,
    "errors of a day": operating._CODES,
    "unknown": operating._UNKNOWN,
    "backlog": sweeping._BACKLOG,
    "late": deliveries_watching._LATE,
    "answers of a broadcast": watching._ANSWERS,
    "left of a broadcast": watching._LEFT,
}
GROWS = r"Seq Scan on (?:deliveries|inbox|addresses|credits|credit_entries|staff_notices)\w*"


@pytest.mark.parametrize("name", HOT)
async def test_no_statement_needs_to_read_a_whole_table(database: str, name: str) -> None:
    plan = await _plan(HOT[name])
    assert re.findall(GROWS, plan) == [], plan


async def test_the_further_tries_of_an_entry_are_looked_up_by_it(database: str) -> None:
    assert "_inbox_id_idx" in await _plan(PAGE), "not by everything that is later"


async def _plan(sql: str) -> str:
    async with db.transaction():
        # A plan for whatever parameters; a sequential scan then only stays where no index can serve.
        await db.execute("SET LOCAL enable_seqscan = off")
        await db.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await db.execute(f"PREPARE hot AS {sql}")
        count = len(set(re.findall(r"\$\d+", sql)))
        given = f"({', '.join(['NULL'] * count)})" if count else ""
        plan = "\n".join(row[0] for row in await db.fetch(f"EXPLAIN EXECUTE hot{given}"))
        await db.execute("DEALLOCATE hot")
    return plan
