"""Programs kept running: they come back when killed, and none outlives the launcher."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest

from backend.foundation.settings import environment
from operations.processes import OperationsError, tied
from operations.supervision import SUPERVISOR, Program, Supervisor, await_predecessor
from tests.support.watching import all_gone, eventually, family, start_script

_LAUNCHER = """
import sys, time
from pathlib import Path
from backend.foundation.settings import environment
from operations.processes import tied
from operations.supervision import SUPERVISOR, Program, Supervisor
base = Path(sys.argv[1])
program = Program("sleeper", tied(["sleep", "60"], death="KILL", parent=SUPERVISOR), base, base / "log")
with Supervisor(base / "run", [program], environment()) as supervisor:
    supervisor.begin("sleeper")
    print(supervisor.pid("sleeper"), flush=True)
    time.sleep(60)
"""


def _sleeper(base: Path, name: str = "sleeper") -> Program:
    return Program(name, tied(["sleep", "60"], death="KILL", parent=SUPERVISOR), base, base / f"{name}.log")


def _is_another(supervisor: Supervisor, pid: int) -> bool:
    return supervisor.pid("sleeper") not in {0, pid}


def test_a_killed_program_comes_back_each_time_and_all_end_with_the_block(tmp_path: Path) -> None:
    # Deeper than the 107 characters that a socket's path may have, and with a blank.
    base = tmp_path / "a deep directory" / ("x" * 100)
    base.mkdir(parents=True)
    with Supervisor(base / "run", [_sleeper(base)], environment()) as supervisor:
        supervisor.begin("sleeper")
        for _ in range(3):
            pid = supervisor.pid("sleeper")
            os.kill(pid, signal.SIGKILL)
            assert eventually(partial(_is_another, supervisor, pid))
        pids = family(supervisor._process.pid)
        assert len(pids) == 2
    assert all_gone(pids)


def test_a_program_gets_its_own_environment_and_its_words_are_kept(tmp_path: Path) -> None:
    code = "import os; print(os.environ['SHARED'], os.environ['OWN'], flush=True); import time; time.sleep(60)"
    program = Program(
        "teller",
        tied([sys.executable, "-c", code], death="KILL", parent=SUPERVISOR),
        tmp_path,
        tmp_path / "log",
        {"OWN": "50%"},
    )
    with Supervisor(tmp_path / "run", [program], {**environment(), "SHARED": "100%"}) as supervisor:
        supervisor.begin("teller")
        assert eventually(lambda: supervisor.last_words("teller") == "100% 50%")


def test_a_killed_launcher_leaves_no_process_and_its_successor_waits_for_that(tmp_path: Path) -> None:
    launcher = start_script(_LAUNCHER, tmp_path)
    assert launcher.stdout
    sleeper = int(launcher.stdout.readline())
    pids = family(launcher.pid)
    assert sleeper in pids
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()
    await_predecessor(tmp_path / "run")
    assert eventually(lambda: all_gone(pids))


def test_a_killed_supervisord_takes_its_programs_along(tmp_path: Path) -> None:
    with Supervisor(tmp_path / "run", [_sleeper(tmp_path)], environment()) as supervisor:
        supervisor.begin("sleeper")
        pids = family(supervisor._process.pid)
        supervisor._process.kill()
        assert eventually(lambda: not supervisor.is_alive())
        assert eventually(lambda: all_gone(pids))


@pytest.mark.parametrize("name", ["my #1", "50%", "a ;b"])
def test_a_path_that_supervisord_would_misread_is_one_line(tmp_path: Path, name: str) -> None:
    odd = tmp_path / name
    with (
        pytest.raises(OperationsError, match="supervisord cannot take"),
        Supervisor(tmp_path / "run", [_sleeper(odd)], environment()),
    ):
        pytest.fail("it was started")


def test_a_full_disk_costs_logs_and_nothing_else(tmp_path: Path) -> None:
    argv = tied(["yes"], death="KILL", parent=SUPERVISOR)
    talker = Program("talker", argv, tmp_path, Path("/dev/full"))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "supervisor.log").symlink_to("/dev/full")
    with Supervisor(tmp_path / "run", [talker, _sleeper(tmp_path)], environment()) as supervisor:
        supervisor.begin("talker")
        supervisor.begin("sleeper")
        talks, sleeps = supervisor.pid("talker"), supervisor.pid("sleeper")
        assert talks
        assert sleeps
        os.kill(sleeps, signal.SIGKILL)
        assert eventually(partial(_is_another, supervisor, sleeps))
        assert supervisor.pid("talker") == talks
        # It complains of each line that it cannot write, and ends when it cannot do that either.
        assert Path(f"/proc/{supervisor._process.pid}/fd/2").readlink().name.startswith("pipe:")
