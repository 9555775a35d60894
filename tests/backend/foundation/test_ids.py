"""Ids: in the order of time, bounds that agree with the database, secrets nobody guesses."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation import db
from backend.foundation.ids import new_id, random_id, token, uuid_floor


def test_new_ids_are_version_seven_in_order_and_unique() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert {i.version for i in ids} == {7}
    assert {random_id().version for _ in range(3)} == {4}


def test_the_floor_of_a_moment_parts_the_ids_before_from_those_after() -> None:
    before = new_id()
    time.sleep(0.002)
    floor = uuid_floor(datetime.now(UTC))
    time.sleep(0.002)
    assert before < floor < new_id()


@given(st.integers(0, 80_000), st.timedeltas(timedelta(milliseconds=2), timedelta(days=3650)))
def test_floors_are_ordered_as_moments_are(days: int, later: timedelta) -> None:
    moment = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=days)
    assert uuid_floor(moment) < uuid_floor(moment + later)


@pytest.mark.usefixtures("database")
async def test_the_database_makes_the_same_floor() -> None:
    for moment in (datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(1999, 1, 1, tzinfo=UTC)):
        assert await db.fetch_value("SELECT uuid_floor($1)", moment) == uuid_floor(moment)


def test_tokens_have_256_bits_and_fit_into_an_address() -> None:
    tokens = {token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(one) == 43 and one.replace("-", "").replace("_", "").isalnum() for one in tokens)
