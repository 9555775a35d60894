"""Keeps a set of programs running through supervisord, and takes them all down with the launcher.

Why supervisord and how it is tied down: docs/decisions/0006-process-supervision.md.
"""

import os
import shlex
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, Self, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from operations.processes import OperationsError, last_words, tied, works_in

_SOCKET = "supervisor.sock"
# Stands in a program's command for the process id of the supervisord that will run it.
SUPERVISOR = "@supervisor@"
# startsecs=0: a program that ends is started again about a second later, as often as it takes.
_PROGRAM = """
[program:{name}]
command={command}
directory={directory}
environment={environment}
autostart=false
autorestart=true
startsecs=0
startretries=1000000
stopsignal={stop}
stopwaitsecs=15
stopasgroup=false
killasgroup=true
umask=077
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""
_HEAD = """
[supervisord]
nodaemon=true
silent=true
logfile={directory}/supervisor.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile={directory}/supervisor.pid
childlogdir={directory}

[unix_http_server]
file=/proc/self/cwd/{socket}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


@dataclass(frozen=True)
class Program:
    """One program to keep running; those of a lower `floor` are stopped after those of a higher one."""

    name: str
    argv: Sequence[str]
    directory: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop: str = "TERM"
    floor: int = 0


class Supervisor:
    """A supervisord of our own in `directory`; as a context manager it ends with its block.

    It dies with this process, whatever happens to it, and its programs die with it.
    """

    def __init__(self, directory: Path, programs: Sequence[Program], environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._programs = {program.name: program for program in programs}
        self._environment = environment
        self._said: deque[str] = deque(maxlen=20)

    def __enter__(self) -> Self:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._directory / _SOCKET).unlink(missing_ok=True)
        configuration = self._directory / "supervisor.conf"
        configuration.write_text(_configuration(self._directory, self._programs.values()), encoding="utf-8")
        daemon = ["sh", "-c", 'WUWEI_SUPERVISOR=$$ exec "$@"', "sh", sys.executable, "-m", "supervisor.supervisord"]
        argv = tied([*daemon, "-c", str(configuration)], death="TERM")
        self._process = subprocess.Popen(
            argv,
            cwd=self._directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to pass on
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        # A socket's path may have 107 characters, a checkout's may have more: go by way of a descriptor.
        self._descriptor = os.open(self._directory, os.O_PATH | os.O_DIRECTORY)
        path = f"unix:///proc/self/fd/{self._descriptor}/{_SOCKET}"
        self._rpc: Any = ServerProxy("http://127.0.0.1", transport=SupervisorTransport(None, None, path))
        self._await_answer()
        return self

    def __exit__(self, *_error: object) -> None:
        """End the programs, highest floor first, and then supervisord."""
        self._process.terminate()
        deadline = time.monotonic() + 40
        while self.is_alive() and time.monotonic() < deadline:
            # Left alone it looks at its programs once a second; a question wakes it.
            with suppress(OSError, HTTPException, Fault):
                self._rpc.supervisor.getState()
            time.sleep(0.05)
        self._process.kill()
        self._process.wait()
        self._listener.join(1)
        self._rpc("close")()
        os.close(self._descriptor)

    def _listen(self) -> None:
        """Take what supervisord says: on a full disk that is how it goes on, complaining of logs it cannot write."""
        with cast("IO[bytes]", self._process.stdout) as words:
            for line in words:
                self._said.append(line.decode(errors="replace").strip())

    def begin(self, name: str) -> None:
        """Start a program and keep it running from now on."""
        try:
            self._rpc.supervisor.startProcess(self._full_name(name), False)  # do not wait
        except Fault as fault:
            raise OperationsError(f"{name} cannot be started: {fault.faultString}") from None

    def pid(self, name: str) -> int:
        """Return the program's process id; 0 while it is down."""
        return int(self._rpc.supervisor.getProcessInfo(self._full_name(name))["pid"])

    def is_alive(self) -> bool:
        """Tell whether supervisord itself still runs."""
        return self._process.poll() is None

    def last_words(self, name: str) -> str:
        return last_words(self._programs[name].log)

    def _full_name(self, name: str) -> str:
        return f"floor{self._programs[name].floor}:{name}"

    def _answers(self) -> bool:
        """The socket is there a moment before anybody listens at it."""
        try:
            self._rpc.supervisor.getState()
        except OSError:
            self._rpc("close")()
            return False
        return True

    def _await_answer(self, patience: float = 20) -> None:
        deadline = time.monotonic() + patience
        while not self._answers():
            if not self.is_alive() or time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                self._listener.join(1)
                raise OperationsError(
                    f"supervisord did not start: {self._said[-1] if self._said else 'it said nothing'}"
                )
            time.sleep(0.01)


def await_predecessor(directory: Path, patience: float = 30) -> None:
    """Wait while the supervisord of a launcher that was killed takes its programs down."""
    deadline = time.monotonic() + patience
    file = directory / "supervisor.pid"
    while file.exists() and works_in(pid := int(file.read_text(encoding="utf-8") or 0), directory):
        if time.monotonic() > deadline:
            raise OperationsError(f"an earlier start still ends in process {pid}: wait, or kill it")
        time.sleep(0.05)


def _configuration(directory: Path, programs: Collection[Program]) -> str:
    floors: dict[int, list[Program]] = {}
    for program in programs:
        floors.setdefault(program.floor, []).append(program)
    groups = [
        f"\n[group:floor{floor}]\npriority={floor}\nprograms={','.join(program.name for program in members)}\n"
        for floor, members in floors.items()
    ]
    head = _HEAD.format(directory=_path(directory), socket=_SOCKET)
    return head + "".join(_section(program) for program in programs) + "".join(groups)


def _section(program: Program) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return _PROGRAM.format(
        name=program.name,
        command=_literal(shlex.join(program.argv)).replace(SUPERVISOR, "%(ENV_WUWEI_SUPERVISOR)s"),
        directory=_path(program.directory),
        environment=_literal(pairs),
        stop=program.stop,
        log=_path(program.log),
    )


def _literal(value: str) -> str:
    """Write a value so that supervisord's configuration takes it as it is."""
    if " #" in value or " ;" in value or "\n" in value:
        raise OperationsError(f"supervisord cannot take ' #' or ' ;' in a command: {value}")
    return value.replace("%", "%%")


def _path(path: Path) -> str:
    """Refuse a path that supervisord would expand more than once."""
    if "%" in str(path):
        raise OperationsError(f"supervisord cannot take '%' in a path: {path}")
    return _literal(str(path))
