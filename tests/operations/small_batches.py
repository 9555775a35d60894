"""Runs `wuwei` with batches of 50 rows, so that an import of a small file can be stopped in its middle."""

from functools import partial

from backend.enterprises import imports
from operations.main import app

if __name__ == "__main__":
    imports.import_registry = partial(imports.import_registry, batch=50)
    app()
