"""Older office files, as WPS still writes them: known by what is in them, whole, without macros or passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.files import compound as reading
from backend.files.errors import Damaged, WrongKind
from backend.files.sniffing import sniff
from tests.backend.files.compounds import DOC, XLS, compound

KINDS = ("doc", "xls", "pdf")


def test_each_is_known_by_its_streams() -> None:
    assert sniff(DOC, KINDS)[0].extension == "doc"
    assert sniff(XLS, KINDS)[0].extension == "xls"
    assert sniff(compound("Book"), KINDS)[0].media_type == "application/vnd.ms-excel"


def test_a_long_directory_is_read_to_its_end() -> None:
    assert sniff(compound(*(f"s{n}" for n in range(50)), "WordDocument"), KINDS)[0].extension == "doc"


def test_what_hangs_behind_is_cut_off() -> None:
    assert sniff(DOC + b"<script>" * 1000, KINDS)[1] == len(DOC)


@pytest.mark.parametrize("name", ["Macros", "VBA", "_VBA_PROJECT_CUR", "EncryptedPackage"])
def test_macros_and_passwords_are_refused(name: str) -> None:
    with pytest.raises(Damaged):
        sniff(compound("WordDocument", "Workbook", name), KINDS)


def test_another_sort_of_compound_file_is_refused() -> None:
    with pytest.raises(Damaged):
        sniff(compound("__properties_version1.0"), KINDS)
    with pytest.raises(WrongKind):
        sniff(DOC, ("pdf",))


@pytest.mark.parametrize("length", [8, 26, 30, 80, 511, 512, 700, 1024, 1500, 2048])
def test_what_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(Damaged):
        sniff(DOC[:length], KINDS)


@given(st.integers(8, 1600), st.binary(min_size=1, max_size=8))
def test_whatever_is_changed_it_is_read_or_refused(at: int, noise: bytes) -> None:
    try:
        found = reading.layout(DOC[:at] + noise + DOC[at + len(noise) :])
    except reading.Broken:
        return
    assert 0 < found.length <= len(DOC)


def test_a_directory_in_a_circle_is_refused() -> None:
    looped = bytearray(compound(*(f"s{n}" for n in range(8))))
    looped[512 + 4 * 3 : 512 + 4 * 4] = (1).to_bytes(4, "little")  # the third directory sector leads to the first
    with pytest.raises(reading.Broken):
        reading.layout(bytes(looped))
