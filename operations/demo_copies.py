"""Copies needs of the demo, with all that hangs on them, to other shops and earlier weeks; set-based for many.

A copy has an owner, numbers and a lot of its own. Whoever did what at a bank or the bureau is the same, and neither the
trail nor anybody's messages tell of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.ids import new_id

# Which need goes to which shop and owner, how much earlier, and what each of its ids becomes there.
_COPIES: Final = """
CREATE TEMPORARY TABLE demo_copies ON COMMIT DROP AS
SELECT * FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::uuid[], $5::interval[])
    AS c (nth, need, shop, person, ago)
"""
_IDS: Final = """
CREATE TEMPORARY TABLE demo_ids ON COMMIT DROP AS
SELECT c.nth, o.old, coalesce(o.new, uuidv7(-c.ago)) AS new
FROM demo_copies c CROSS JOIN LATERAL (
    SELECT c.need AS old, NULL::uuid AS new
    UNION ALL SELECT a.enterprise_id, c.shop FROM financing_applications a WHERE a.id = c.need
    UNION ALL SELECT a.person_id, c.person FROM financing_applications a WHERE a.id = c.need
    UNION ALL SELECT a.listing_id, gen_random_uuid() FROM financing_applications a WHERE a.id = c.need
    UNION ALL SELECT s.id, gen_random_uuid() FROM financing_consents s WHERE s.application_id = c.need
    UNION ALL SELECT r.id, gen_random_uuid() FROM financing_referrals r WHERE r.application_id = c.need
    UNION ALL SELECT k.id, NULL FROM cases k JOIN financing_referrals r ON r.id = k.origin_id
        WHERE k.origin = 'financing' AND r.application_id = c.need
    UNION ALL SELECT d.id, uuidv7() FROM financing_reads d JOIN financing_referrals r ON r.id = d.referral_id
        WHERE r.application_id = c.need
) o
"""
_INDEX: Final = "CREATE UNIQUE INDEX ON demo_ids (nth, old)"
_STATISTICS: Final = "ANALYZE demo_ids, demo_copies"
_PEOPLE: Final = "INSERT INTO persons (id, created_at) SELECT person, now() - ago FROM demo_copies"
_BINDINGS: Final = """
INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
SELECT uuidv7(), person, shop, 'representative', 'active', 'counter', now() - ago FROM demo_copies
"""
_COLUMNS: Final = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
# A row as it would have been: its ids the copy's own, and whatever is a moment or a day so much earlier.
_COPY: Final = """
INSERT INTO {table} ({columns})
SELECT {picked} FROM {table} o JOIN demo_ids m ON m.old = o.{key} JOIN demo_copies c ON c.nth = m.nth
JOIN enterprises e ON e.id = c.shop
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(t.key, CASE
        WHEN i.new IS NOT NULL THEN to_jsonb(i.new)
        WHEN t.value #>> '{{}}' ~ '^\\d{{4}}-\\d\\d-\\d\\dT' THEN to_jsonb((t.value #>> '{{}}')::timestamptz - c.ago)
        WHEN t.value #>> '{{}}' ~ '^\\d{{4}}-\\d\\d-\\d\\d$' THEN to_jsonb(((t.value #>> '{{}}')::date - c.ago)::date)
        ELSE t.value END) AS told
    FROM jsonb_each(to_jsonb(o)) t LEFT JOIN demo_ids i ON i.nth = c.nth AND i.old::text = t.value #>> '{{}}'
) s
CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, s.told || jsonb_build_object({own})) n
"""
# No need was ever numbered on those days.
_NUMBER: Final = """
format('{}-%s-%s', to_char((s.told ->> '{}')::timestamptz AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD'),
    lpad(({})::text, 4, '0'))
"""
_TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "financing_applications": (
        "id",
        f"""
        'number', {_NUMBER.format("RZ", "created_at", "c.nth")}, 'district', e.district, 'size', e.statistical_size,
        'seed', translate(gen_random_uuid()::text || gen_random_uuid(), '-', '')
        """,
    ),
    "financing_consents": ("application_id", ""),
    "financing_referrals": (
        "application_id",
        f"'number', {_NUMBER.format('DJ', 'created_at', 'c.nth * 10 + o.position')}, 'district', e.district",
    ),
    "financing_offers": ("referral_id", ""),
    "financing_events": ("application_id", ""),
    "financing_reads": ("referral_id", ""),
    "cases": (
        "origin_id",
        f"""
        'number', {_NUMBER.format("WW", "received_at", "c.nth")}, 'district', e.district, 'title',
        (SELECT '融资二次对接 ' || r.number FROM financing_referrals r WHERE r.id = (s.told ->> 'origin_id')::uuid)
        """,
    ),
    "case_events": ("case_id", ""),
    "financing_second_looks": ("referral_id", ""),
}
# The lot is drawn anew by the seed of the copy, as `backend/financing/catalogue/ordering.py` does.
_MATCHES: Final = """
INSERT INTO financing_matches (application_id, version_id, institution_id, position, answer, why)
SELECT a.id, o.version_id, o.institution_id, row_number() OVER (PARTITION BY a.id ORDER BY
        array_position(ARRAY['yes', 'maybe', 'no'], o.answer), {bank}, {product}), o.answer, o.why
FROM demo_copies c JOIN financing_matches o ON o.application_id = c.need
JOIN demo_ids m ON m.nth = c.nth AND m.old = c.need JOIN financing_applications a ON a.id = m.new
JOIN financing_product_versions v ON v.id = o.version_id
"""
_LOT: Final = "encode(sha256(convert_to(a.seed || ':' || {}, 'UTF8')), 'hex') COLLATE \"C\""


@dataclass(frozen=True, slots=True)
class Copy:
    """A need that has ended, the shop that has another such, and how much earlier it was: whole weeks."""

    need: UUID
    shop: UUID
    ago: timedelta


async def make(copies: Sequence[Copy]) -> None:
    """Make them all within the caller's transaction; once in an installation, for their numbers count from one."""
    told = [(nth, one.need, one.shop, new_id(), one.ago) for nth, one in enumerate(copies, start=1)]
    await db.execute(_COPIES, *map(list, zip(*told, strict=True)))
    for statement in (_IDS, _INDEX, _STATISTICS, _PEOPLE, _BINDINGS):
        await db.execute(statement)
    for table, (key, own) in _TABLES.items():
        await db.execute(await _copying(table, key, own))
    await db.execute(_MATCHES.format(bank=_LOT.format("o.institution_id"), product=_LOT.format("v.product_id")))


async def _copying(table: str, key: str, own: str) -> str:
    columns: str = await db.fetch_value(_COLUMNS, table)
    picked = ", ".join(f"n.{column}" for column in columns.split(", "))
    return _COPY.format(table=table, columns=columns, picked=picked, key=key, own=own)
