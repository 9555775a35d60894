"""Runs `wuwei` with batches of 50 rows and a rest after each, so that an import of a small file can be stopped in its
middle, however late whoever stops it looks.
"""

import time
from pathlib import Path
from typing import Any

from backend.enterprises import imports
from operations.main import app

REST = 0.03  # s
_whole = imports.import_registry


async def _slowly(path: Path, *, progress: imports.Progress | None = None, **more: Any) -> imports.ImportResult:
    def rested(row: int, read: int, size: int) -> None:
        if progress is not None:
            progress(row, read, size)
        time.sleep(REST)

    return await _whole(path, progress=rested, batch=50, **more)


if __name__ == "__main__":
    imports.import_registry = _slowly
    app()
