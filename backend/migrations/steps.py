"""How a migration step finds its SQL."""

from pathlib import Path

from tortoise.migrations.operations import RunSQL


def sql(name: str) -> RunSQL:
    """Return the operation that runs `NNNN_name.sql` of this folder; steps only ever go forward."""
    return RunSQL((Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8"))
