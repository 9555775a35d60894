"""What processor time the programs of a bench cost: on a shared machine it tells more than rates do."""

from collections.abc import Callable, Mapping
from typing import Final

import psutil

from tests.benches.support import House

_MICRO: Final = 1_000_000


def metered(of: House, pids: Mapping[str, int]) -> Callable[[], dict[str, float]]:
    """Begin to measure; the function returns the seconds used since then, by program and by the house's own servers."""
    database = int((of.directory / "postgres/data/postmaster.pid").read_text("utf-8").split()[0])
    all_of_them = {**pids, "postgresql": database, "stand_in": of.sandbox.process.pid}
    watched = {name: psutil.Process(pid) for name, pid in all_of_them.items()}
    before = {name: _seconds(process) for name, process in watched.items()}
    return lambda: {name: _seconds(process) - before[name] for name, process in watched.items()}


def each(seconds: Mapping[str, float], number: int) -> dict[str, int]:
    """Return microseconds for each of `number` pieces of work."""
    return {name: round(_MICRO * used / number) for name, used in seconds.items()}


def _seconds(process: psutil.Process) -> float:
    """Count a process with its children, also those that have ended; one that ends just now is in its parent's."""
    used = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            used += sum(one.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    ended = process.cpu_times()
    return float(used + ended.children_user + ended.children_system)
