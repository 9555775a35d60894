"""Bodies that are JSON to one parser and trouble to the next."""

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, Field

from backend.foundation.errors import Invalid
from miniprogram_api.schema import In, Line, Moment
from miniprogram_api.validation import Malformed, read_body


class Anything(In):
    a: Any = None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (b"NaN", "finite_number"),
        (b"Infinity", "finite_number"),
        (b"[-Infinity]", "finite_number"),
        (b"1e400", "finite_number"),
        (b"-1E+999", "finite_number"),
        (b"[[1e30]]", "out_of_range"),
    ],
)
def test_what_is_no_number_of_ours_is_refused_wherever_it_stands(number: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(Anything, b'{"a": %s}' % number)
    assert refused.value.fields[0].code == code


@pytest.mark.parametrize("depth", [300, 995, 100_000])
@pytest.mark.parametrize("inner", [b"1", rb'"\u0000"', b"1111111111111111111"])
def test_a_body_nested_too_deeply_is_malformed(depth: int, inner: bytes) -> None:
    with pytest.raises(Malformed):
        read_body(Anything, b'{"a":' + b"[" * depth + inner + b"]" * depth + b"}")


def test_a_text_that_only_speaks_of_such_numbers_passes() -> None:
    assert read_body(Anything, rb'{"a": "NaN, Infinity, 1e99, \\u0000"}').a == r"NaN, Infinity, 1e99, \u0000"


class Told(In):
    name: Line = "一处"
    at: Moment | None = None
    title: Annotated[Annotated[str, AfterValidator(str.upper)], Field(min_length=1, max_length=3)] = "A"
    tags: Annotated[tuple[str, ...], Field(max_length=1)] = ()


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_no_other_time_zone_could_tell_is_refused(at: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(Told, f'{{"at": "{at}"}}'.encode())
    assert (refused.value.fields[0].path, "1900" in refused.value.fields[0].sentence) == ("at", True)
    assert read_body(Told, b'{"at": "2026-11-22T09:00:00+08:00"}').at is not None


@pytest.mark.parametrize("mark", [r"\u001b[31m", r"\u0007", r"\u007f", r"\n"])
def test_a_line_holds_nothing_that_moves_a_cursor(mark: str) -> None:
    with pytest.raises(Invalid):
        read_body(Told, f'{{"name": "一{mark}处"}}'.encode())


def test_a_text_is_measured_in_characters_and_a_list_in_items() -> None:
    with pytest.raises(Invalid) as refused:
        read_body(Told, '{"title": "一二三四", "tags": ["一", "二"]}'.encode())
    assert [field.sentence for field in refused.value.fields] == ["最多 3 个字", "最多 1 项"]
