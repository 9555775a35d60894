"""Programs run and watched from outside, by process id."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


def start_script(text: str, *arguments: object) -> subprocess.Popen[str]:
    """Run a Python program of the tests in a process of its own; its lines are read from stdout."""
    argv = [sys.executable, "-c", text, *map(str, arguments)]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def is_gone(pid: int) -> bool:
    """A zombie runs no more: it only waits for somebody to read its exit status."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


PATIENCE = 60.0  # seconds: this machine may be busy; how fast something is, a bench tells


def eventually(condition: Callable[[], bool], within: float = PATIENCE) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def all_gone(pids: Iterable[int]) -> bool:
    return all(is_gone(pid) for pid in pids)


def family(pid: int) -> list[int]:
    """A process and all that descend from it now."""
    process = psutil.Process(pid)
    return [process.pid, *(child.pid for child in process.children(recursive=True))]
