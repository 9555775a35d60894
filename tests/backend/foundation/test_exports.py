"""A file for a spreadsheet holds text alone, and none is left behind by what failed."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from backend.foundation import exports
from backend.foundation.exports import Lines
from tests.support.exports import whole


@pytest.fixture(autouse=True)
def _in_a_place_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


async def _breaking() -> AsyncIterator[Lines]:
    yield [("编号",)]
    raise ConnectionError("the line broke")


async def test_pages_are_written_one_after_the_other_and_counted() -> None:
    async def pages() -> AsyncIterator[Lines]:
        yield [("编号", "企业")]
        yield [("1", "=1+1"), ("2", "甲\x00乙"), ("＝1", "湖州\u3000某店")]

    file = await exports.write(pages(), "csv", name="list")
    assert (file.name, file.lines, file.media_type) == ("list.csv", 4, "text/csv; charset=utf-8")
    assert await whole(file) == "\ufeff编号,企业\r\n1,'=1+1\r\n2,甲乙\r\n'＝1,湖州\u3000某店\r\n".encode()


async def test_a_workbook_holds_text_alone() -> None:
    file = await exports.write(exports.once([("@SUM(A1)", "<b>\x07")]), "xlsx", title="甲&乙", name="list")
    with ZipFile(io.BytesIO(await whole(file))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "甲&amp;乙" in archive.read("xl/workbook.xml").decode()
    assert "'@SUM(A1)" in sheet
    assert "&lt;b&gt;</t>" in sheet


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_fails_half_way_leaves_no_file(form: exports.Format, tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        await exports.write(_breaking(), form, name="list")
    file = await exports.write(exports.once([("甲",)]), form, name="list")
    with pytest.raises(LookupError), file.kept():
        raise LookupError
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
