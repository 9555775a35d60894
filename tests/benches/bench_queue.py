"""A page of 50 of a queue over 1,000,000 cases, signed in, over HTTP; the reference is the same page over 10,000.

One line for each list: a unit's own and all by due (aim: at most 1.3 times as long), the next page of them, the newest
of them, the numbers beside all queues, a search. One case in ten is open in either size, so the count that comes with a
first page is 100 times as long as well, up to its bound of 10,000; a rare word stands in 50 cases of either size. Each
size has a database and a program of its own, and all are asked in turn.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

import httpx

from backend.foundation import clock, db
from backend.foundation.db import close_database, database_config, open_database
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.staff import sessions
from backend.tables import MODELS
from miniprogram_api.auth import STAFF_COOKIE
from tests.benches.population import populate
from tests.benches.support import (
    IS_SMALL,
    House,
    Load,
    Program,
    database_of,
    get,
    house,
    interleaved,
    load,
    program,
    report,
)

AIM: Final = 1.3
PAGE: Final = 50
SMALL, LARGE = 10_000, 100_000 if IS_SMALL else 1_000_000
ROUNDS, SECONDS = (2, 0.4) if IS_SMALL else (5, 1.0)
CONNECTIONS: Final = 4
UNITS: Final = 10
STAFF: Final = 100
RARE: Final = 50
"""Cases with the rare word, of either size: what is measured is the search, not how much it finds."""
_SLICE: Final = 50_000
_ENTERPRISES: Final = 20  # cases an enterprise

LISTS: Final = {
    "my_unit": {"queue": "my_unit"},
    "all_by_due": {"queue": "all"},
    "my_unit_newest": {"queue": "my_unit", "sort": "newest"},
    "all_newest": {"queue": "all", "sort": "newest"},
    "overdue": {"queue": "overdue"},
    "at_risk": {"queue": "at_risk"},
    "rare_word": {"queue": "all", "q": "茶园 滞销"},
}
NEXT: Final = ("my_unit", "all_by_due")

_PEOPLE: Final = f"""
WITH units AS (
    INSERT INTO units (id, name, created_at)
    SELECT ('01950000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '演示第' || n || '所', now()
    FROM generate_series(1, {UNITS}) AS n RETURNING id
), people AS (
    INSERT INTO staff (id, login, name, unit_id, password_hash, must_change_password, totp_secret, created_at)
    SELECT ('01960000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'bench' || n, '经办' || n,
           ('01950000-0000-7000-8000-' || lpad((1 + n % {UNITS})::text, 12, '0'))::uuid, 'x', FALSE, '', now()
    FROM generate_series(1, {STAFF}) AS n RETURNING id
) SELECT (SELECT count(*) FROM units) + (SELECT count(*) FROM people)
"""
# The manager sees the whole city; the clerk what his unit has, and whatever he works on.
_GRANTS: Final = """
INSERT INTO staff_grants (id, staff_id, role, unit_id, districts, granted_at)
SELECT s.id, s.id, CASE WHEN s.login = 'bench1' THEN 'manager' ELSE 'specialist' END,
       CASE WHEN s.login = 'bench1' THEN NULL ELSE s.unit_id END, '{}', now() FROM staff s WHERE s.login LIKE 'bench%'
"""
_SECONDARY: Final = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made_by
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'cases'::regclass AND NOT i.indisunique ORDER BY c.relname
"""
# $1, $2 the slice, $3 how many there are. The newest tenth is open: some with nobody, some answered, most in hand.
_CASES: Final = f"""
INSERT INTO cases (id, number, origin, origin_id, category, channel, title, body, enterprise_id, district, urgency,
    state, unit_id, handler_id, answerable_id, terms, received_at, accept_due_at, answer_due_at, solution_due_at,
    accepted_at, answered_at, reached_at, due_at, alarm_level, closed_at, moved_at, opened_by_kind)
SELECT id, 'WW-' || to_char(received_at, 'YYYYMMDD') || '-' || lpad(n::text, 7, '0'), 'cases', id,
    (ARRAY['consult_policy', 'help_operation', 'help_financing', 'complaint_service'])[1 + hash % 4], 'mini_program',
    (ARRAY['用工困难', '贷款到期', '年报咨询', '商标注册'])[1 + hash / 4 % 4] || '第' || n,
    '请问如何办理，需要什么材料？' || CASE WHEN n % ($3::bigint / {RARE}) = 7 THEN '今年茶园产品滞销。' ELSE '' END,
    ('01900000-0000-7000-8000-' || lpad(to_hex(1 + hash % greatest($3::bigint / {_ENTERPRISES}, 1)), 12, '0'))::uuid,
    '3305' || lpad((2 + hash % 5)::text, 2, '0'), 'normal', state, unit_id,
    CASE WHEN state <> 'received' THEN staff_id END, CASE WHEN state <> 'received' THEN staff_id END,
    '{{"accept_days": 1, "answer_days": 3, "solution_days": 5, "statutory_days": null, "pause_days": 10}}',
    received_at, received_at + interval '1 day', received_at + interval '3 days', received_at + interval '7 days',
    CASE WHEN state <> 'received' THEN received_at + interval '3 hours' END,
    CASE WHEN state NOT IN ('received', 'in_progress') THEN received_at + interval '2 days' END,
    CASE WHEN state = 'closed_confirmed' THEN received_at + interval '2 days' END,
    CASE WHEN state IN ('received', 'in_progress') THEN now() + (hash / 32 % 20000 - 4000) * interval '1 minute' END,
    CASE WHEN state IN ('received', 'in_progress') AND hash / 32 % 20000 < 6000 THEN 80 ELSE 0 END,
    CASE WHEN state = 'closed_confirmed' THEN received_at + interval '4 days' END, received_at, 'owner'
FROM (
    SELECT n, hash, ('01970000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
        now() - ($3::bigint - n) * (interval '1500 days' / $3::bigint) AS received_at,
        ('01950000-0000-7000-8000-' || lpad((1 + hash / 16 % {UNITS})::text, 12, '0'))::uuid AS unit_id,
        ('01960000-0000-7000-8000-' || lpad((1 + hash / 16 % {STAFF})::text, 12, '0'))::uuid AS staff_id,
        CASE WHEN n <= $3::bigint * 0.9 THEN 'closed_confirmed' WHEN hash % 5 = 0 THEN 'received'
             WHEN hash % 5 = 1 THEN 'answered' ELSE 'in_progress' END AS state
    FROM (
        SELECT n, (hashint8extended(n, 7) & 1048575)::int AS hash FROM generate_series($1::bigint, $2::bigint) AS n
    ) AS hashed
) AS drawn
"""


async def _fill(of: House, number: int) -> dict[str, str]:
    """Migrate and fill a database; returns the tokens of a manager of the city and a clerk of a unit."""
    url = load_settings(**of.settings).database_url
    await migrate(url, MODELS)
    await open_database(database_config(url, models=MODELS))
    try:
        await populate(max(number // _ENTERPRISES, 1))
        await db.execute(_PEOPLE)
        await db.execute(_GRANTS)
        await _cases(number)
        return {login: await _signed_in(login) for login in ("bench1", "bench2")}
    finally:
        await close_database()


async def _cases(number: int) -> None:
    """Fill the table before its indexes are made: for a million rows that is quicker."""
    secondary = await db.fetch(_SECONDARY)
    for index in secondary:
        await db.execute(f"DROP INDEX {index['name']}")
    for first in range(1, number + 1, _SLICE):
        await db.execute(_CASES, first, min(first + _SLICE - 1, number), number)
    for index in secondary:
        await db.execute(index["made_by"])
    await db.execute("VACUUM ANALYZE cases")


async def _signed_in(login: str) -> str:
    staff_id = await db.fetch_value("SELECT id FROM staff WHERE login = $1", login)
    return (await sessions.open_session(staff_id, client="bench")).token


@contextmanager
def _bureau(of: House, number: int) -> Iterator[tuple[Program, dict[str, str]]]:
    """Run a program over a database of its own; yields the request of each list."""
    own = replace(of, settings=database_of(of, f"queue_{number}"))
    tokens = asyncio.run(_fill(own, number))
    with program(own, "miniprogram_api") as api:
        yield api, _requests(api, tokens)


def _requests(api: Program, tokens: dict[str, str]) -> dict[str, str]:
    cookies = {name: f"{STAFF_COOKIE}={token}" for name, token in tokens.items()}
    asked = {}
    for name, query in LISTS.items():
        cookie = cookies["bench2" if query["queue"] == "my_unit" else "bench1"]
        path = f"/api/staff/v1/cases?{urlencode({**query, 'limit': PAGE})}"
        told = _told(api, path, cookie)
        assert name == "rare_word" or len(told["items"]) == PAGE, (name, len(told["items"]))
        asked[name] = get(path, cookie=cookie)
        if name in NEXT:
            asked[f"{name}_next"] = get(f"{path}&{urlencode({'cursor': told['next']})}", cookie=cookie)
    asked["all_of_a_clerk"] = get(f"/api/staff/v1/cases?queue=all&limit={PAGE}", cookie=cookies["bench2"])
    asked["counts"] = get("/api/staff/v1/cases/counts", cookie=cookies["bench1"])
    return asked


def _told(api: Program, path: str, cookie: str) -> dict[str, list[object]]:
    answer = httpx.get(api.url + path, headers={"Cookie": cookie}, timeout=60)
    assert answer.status_code == 200, answer.text
    told: dict[str, list[object]] = answer.json()
    return told


def main() -> None:
    began = clock.now()
    with house() as made, ExitStack() as stack:
        served = {number: stack.enter_context(_bureau(made, number)) for number in (SMALL, LARGE)}
        built = (clock.now() - began).total_seconds()
        for name in served[SMALL][1]:
            _measure(name, {f"{number}": (api, asked[name]) for number, (api, asked) in served.items()}, built)


def _measure(name: str, served: dict[str, tuple[Program, str]], built: float) -> None:
    """Report the milliseconds of a page that one process gives, of either size."""
    subjects = {number: _loading(*one) for number, one in served.items()}
    loads = interleaved(subjects, rounds=ROUNDS)
    large, small = loads[str(LARGE)], loads[str(SMALL)]
    report(
        f"queue_{name}",
        value=1000 / large.rate,
        reference=1000 / small.rate,
        unit="ms",
        aim=AIM,
        p99_ms=round(large.p99, 1),
        cases=LARGE,
        against=SMALL,
        built_s=round(built),
    )


def _loading(api: Program, asked: str) -> Callable[[], Load]:
    return lambda: load(api, [asked], seconds=SECONDS, connections=CONNECTIONS)


if __name__ == "__main__":
    main()
