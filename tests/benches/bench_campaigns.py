"""A round over 10,000 enterprises among 100,000, by 60 visitors, beside 300,000 lines of the ledger.

Value: seconds of freezing it: who is picked, who is left out and why, who goes to whom in which week, the list and its
hash. Reference: the count of whom the rule picks by district, kind and size. `ask_s`: what the worker then takes to ask
them all. Aim: a few seconds.
"""

import asyncio
import time
from datetime import timedelta
from typing import Final

from backend.access import SYSTEM
from backend.assembly import assemble
from backend.foundation import clock, db
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.outbox import OutboxItem
from backend.tables import MODELS
from backend.visits.campaigns import drafting, freezing, proposing, queries, releasing
from backend.visits.campaigns.drafting import Content
from tests.benches import visiting
from tests.benches.support import IS_SMALL, House, house, report

AIM_S: Final = 5.0
PICKED: Final = 1_000 if IS_SMALL else 10_000
ALL: Final = 10 * PICKED
VISITORS: Final = 60
CITATION: Final = {"document": "演示文件〔2026〕1号", "article": "第一条", "sentence": "从业人数不超过十人的企业。"}
RULE: Final = {"fact": "employees", "op": "le", "value": 10, "citation": CITATION}

_ENTERPRISES: Final = """
INSERT INTO enterprises (id, uscc, name, district, district_source, district_on, town, town_source, town_on, employees,
    employees_source, employees_on, created_at)
SELECT md5('e' || n)::uuid, 'B' || lpad(n::text, 17, '0'), '演示商行' || n, '330502', 3, current_date,
    (ARRAY['330502100', '330502101', '330502102', '330502104'])[1 + n % 4], 3, current_date,
    CASE WHEN n % 10 = 0 THEN 5 ELSE 50 END, 3, current_date, now()
FROM generate_series(1, $1::int) AS n
"""
_PERSONS: Final = """
INSERT INTO persons (id, created_at) SELECT md5('p' || n)::uuid, now() FROM generate_series(10, $1::int, 10) AS n
"""
_BINDINGS: Final = """
INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
SELECT uuidv7(), md5('p' || n)::uuid, md5('e' || n)::uuid, 'manager', 'active', 'review', now()
FROM generate_series(10, $1::int, 10) AS n
"""
_CONTACTS: Final = """
INSERT INTO contacts (id, enterprise_id, side, kind, origin, origin_id, on_day, reason, legal_basis, district,
    is_counted, is_wished, noted_by_kind, noted_at)
SELECT uuidv7(), md5('e' || n)::uuid, 'service', 'visit', 'visits', md5('v' || n || ':' || y)::uuid,
    current_date - 300 - 200 * y, '困难帮扶', '依据', '330502', TRUE, FALSE, 'system', now()
FROM generate_series(1, $1::int) AS n CROSS JOIN generate_series(0, 2) AS y
"""


async def run(of: House) -> None:
    settings = load_settings(**of.settings)
    await migrate(settings.database_url, MODELS)
    async with assemble(settings):
        people = await visiting.staff(VISITORS)
        for sql in (_ENTERPRISES, _PERSONS, _BINDINGS, _CONTACTS):
            await db.execute(sql, ALL)
        await db.execute("ANALYZE")
        monday = clock.today() + timedelta(days=7 - clock.today().weekday())
        content = Content(
            "走访", "了解困难。", "policy_talk", "on_site", RULE, monday, 10, 25, people, ("330502",), 90, 50
        )
        one = await drafting.draft(content, actor=SYSTEM)
        await queries.preview(SYSTEM, one.id)
        began = time.perf_counter()
        await queries.preview(SYSTEM, one.id)
        counted = time.perf_counter() - began
        began = time.perf_counter()
        one = await freezing.freeze(one.id, actor=SYSTEM)
        frozen = time.perf_counter() - began
        one = await releasing.release(one.id, one.digest or "", actor=SYSTEM)
        began = time.perf_counter()
        for _ in range(10):
            async with db.transaction():
                note = OutboxItem(one.id, releasing.PROPOSE, None, {"campaign_id": str(one.id)}, 1, clock.now())
                await proposing.propose([note])
        asked = time.perf_counter() - began
        told = await db.fetch_value("SELECT count(*) FROM visit_campaign_targets WHERE state = 'proposed'")
    report(
        "campaigns",
        value=frozen,
        reference=max(counted, 0.05),
        unit="s",
        aim_s=AIM_S,
        chosen=one.chosen,
        left_out=one.left_out,
        ask_s=round(asked, 2),
        asked=told,
    )


def main() -> None:
    with house() as made:
        asyncio.run(run(made))


if __name__ == "__main__":
    main()
