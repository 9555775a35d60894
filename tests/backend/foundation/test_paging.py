"""Cursors survive the trip to a client and back; nothing else passes for one."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation import db
from backend.foundation.paging import COUNTED, WrongCursor, count_sql, cut, decode_cursor, encode_cursor, told_count

VALUES: dict[type[Any], st.SearchStrategy[Any]] = {
    UUID: st.uuids(),
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
    date: st.dates(date(2000, 1, 1)),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


@given(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3), st.data())
def test_a_cursor_comes_back_as_it_went(kinds: list[type[Any]], data: st.DataObject) -> None:
    values = tuple(data.draw(st.none() | VALUES[kind]) for kind in kinds)
    cursor = encode_cursor(*values)
    assert cursor.isascii()
    assert "=" not in cursor
    assert decode_cursor(cursor, *kinds) == values


@given(st.text(max_size=50) | st.binary(max_size=50).map(lambda raw: raw.hex()))
def test_what_we_never_gave_out_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(WrongCursor) as refused:
        decode_cursor(text, UUID)
    assert refused.value.fields[0].path == "cursor"


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ((1,), (UUID,)),
        (("x",), (UUID,)),
        ((1, 2), (int,)),
        ((True,), (int,)),
        ((1,), (str,)),
        (("a\x00",), (str,)),
        (("2026-11-22T09:00:00",), (datetime,)),
        (("0001-01-01T00:00:00+14:00",), (datetime,)),
        (("9999-12-31T23:59:59-14:00",), (datetime,)),
        (("22.11.2026",), (date,)),
        (("x" * 400,), (str,)),
    ],
)
def test_a_cursor_of_another_list_is_refused(values: tuple[Any, ...], kinds: tuple[type[Any], ...]) -> None:
    with pytest.raises(WrongCursor):
        decode_cursor(encode_cursor(*values), *kinds)


def test_a_number_no_database_holds_is_refused() -> None:
    for cursor in ("WzldOTk5", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", "WzFlNDAwXQ", "eyJhIjoxfQ"):
        with pytest.raises(WrongCursor):
            decode_cursor(cursor, int)


def test_the_first_page_has_no_cursor() -> None:
    assert decode_cursor(None, UUID) is None


def test_a_page_is_cut_where_more_rows_follow() -> None:
    assert cut([1, 2, 3], 2, str) == ([1, 2], "2")
    assert cut([1, 2], 2, str) == ([1, 2], None)
    assert cut([], 2, str) == ([], None)


@pytest.mark.usefixtures("database")
async def test_a_count_is_exact_to_a_thousand() -> None:
    for rows, told in ((0, 0), (COUNTED, COUNTED), (COUNTED + 1, "1000+"), (5000, "1000+")):
        found = await db.fetch_value(count_sql(f"SELECT FROM generate_series(1, {rows})"))
        assert found <= COUNTED + 1
        assert told_count(found) == told
