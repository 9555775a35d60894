"""The error file of an import: a CSV for a spreadsheet, appended batch by batch and cut back when an import resumes."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from backend.enterprises.preparing import Problem
from backend.foundation.exports import harmless

HEADER = ("行号", "列", "原因", "统一社会信用代码")


def append(path: Path, committed: int, problems: Iterable[Problem]) -> int:
    """Add problems after the `committed` bytes, dropping what an unfinished batch left; the file's size after it.

    Flushed to the disk, so that the batch may be committed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text)
    if committed == 0:
        text.write("\ufeff")
        writer.writerow(HEADER)
    writer.writerows([str(one.row), *map(harmless, (one.column, one.reason, one.code))] for one in problems)
    with path.open("ab") as file:
        file.truncate(committed)
        file.write(text.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
        return file.tell()
