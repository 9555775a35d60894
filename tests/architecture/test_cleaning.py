"""What one test does to reference data, which comes with the program, no other test meets."""

import pytest

from backend.foundation import db
from tests.support.cleaning import KEPT, Cleaner

_CHANGES = (
    "UPDATE financing_terms SET value = most, version = version + 1",
    "DELETE FROM financing_lprs WHERE effective_on > '2025-01-01'",
    "DELETE FROM visit_reasons WHERE key = 'joint'",
    "INSERT INTO retention VALUES ('grown', 'day', '2 days', '试验', NULL, 'is_held')",
)


async def _all() -> dict[str, list[str]]:
    return {
        name: [row["told"] for row in await db.fetch(f"SELECT k::text AS told FROM {name} k ORDER BY 1")]
        for name in KEPT
    }


@pytest.mark.usefixtures("database")
async def test_reference_data_comes_back_as_it_was(cleaner: Cleaner) -> None:
    before = await _all()
    for change in _CHANGES:
        assert await db.execute(change)
    await cleaner.clean()
    assert await _all() == before
