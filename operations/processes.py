"""Processes that end with their parent, under a user that owns nothing else, on ports that stay theirs."""

import os
import pwd
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Below the range from which Linux takes the source ports of outgoing connections: a client that retries a
# stopped server inside that range can connect to itself and so keep the server from coming back.
_PORTS = range(15_000, 30_000)


class OperationsError(Exception):
    """What an operator did not expect, told in one line that says how to mend it."""


@dataclass(frozen=True)
class User:
    """A user to run a server as; `None` in its place means: as we are."""

    uid: int
    gid: int


def user_for(directory: Path) -> User | None:
    """Make a directory private to the user its server will run as, and tell that user.

    PostgreSQL refuses to run as root. Root therefore steps down to the owner of an existing directory, or to
    `nobody` for a new one. Only this directory changes hands, never one above it: the server is started inside it
    and never has to walk the path to it.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = directory.stat().st_uid
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise OperationsError(f"{directory} belongs to another user: run as that user or remove it")
        return None
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    directory.chmod(0o700)
    return User(entry.pw_uid, entry.pw_gid)


def tied(
    program: Sequence[str],
    *,
    death: str,
    parent: str | None = None,
    user: User | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Wrap a command so that the kernel sends it the signal `death` when its parent ends, however it ends.

    `parent` is the process id of who will start it, by default our own. It is asked again once the tie holds: a
    parent that died before that would never be told of. The wrappers replace themselves (`exec`), so the process id
    is the program's own. With an `environment` the program sees nothing else. Strictly the parent is the thread that
    starts it: start servers from a thread that stays.
    """
    clean = ["env", "-i", *(f"{name}={value}" for name, value in environment.items())] if environment else []
    drop = [f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"] if user else []
    tie = ["setpriv", *drop, "--no-new-privs", f"--pdeathsig={death}"]
    return [*clean, *tie, "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"', parent or str(os.getpid()), *program]


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def kept_port(file: Path) -> int:
    """Return the port noted in `file`; note a new random one when there is none or somebody else took it."""
    with suppress(OSError, ValueError):
        port = int(file.read_text(encoding="utf-8"))
        if is_free(port):
            return port
    port = next(port for port in iter(lambda: secrets.choice(_PORTS), None) if is_free(port))
    file.write_text(f"{port}\n", encoding="utf-8")
    return port


def works_in(pid: int, directory: Path) -> bool:
    """Tell a living server from a stranger that got its process id: a server works in its data directory."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(directory)
    except OSError:
        return False


@dataclass(frozen=True)
class Plan:
    """All it takes to start one server: by ourselves (`launch`) or by a process supervisor."""

    name: str
    url: str
    program: tuple[str, ...]
    directory: Path  # to be its working directory
    log: Path
    user: User | None
    environment: Mapping[str, str]
    stop: signal.Signals
    is_ready: Callable[[int], bool]  # given the process id

    def argv(self, parent: str | None = None) -> list[str]:
        """Return the command for `parent` to run: it stops in its orderly way when that process ends."""
        death = self.stop.name.removeprefix("SIG")
        return tied(self.program, death=death, parent=parent, user=self.user, environment=self.environment)


@dataclass(frozen=True)
class Server:
    """A running server and where it is reached."""

    url: str
    process: subprocess.Popen[bytes]
    plan: Plan

    def stop(self, patience: float = 20) -> None:
        """End the server in the way it likes best; kill it when it has not ended after `patience` seconds."""
        if self.process.poll() is None:
            self.process.send_signal(self.plan.stop)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def launch(plan: Plan, patience: float = 30) -> Server:
    """Start a server and wait until it answers."""
    with plan.log.open("ab") as log:
        process = subprocess.Popen(plan.argv(), cwd=plan.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    server = Server(plan.url, process, plan)
    try:
        _wait(server, patience)
    except BaseException:
        server.stop()
        raise
    return server


def _wait(server: Server, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not server.plan.is_ready(server.process.pid):
        if server.process.poll() is not None:
            raise OperationsError(f"{server.plan.name} did not start: {last_words(server.plan.log)}")
        if time.monotonic() > deadline:
            raise OperationsError(f"{server.plan.name} gave no answer in {patience:.0f} s: see {server.plan.log}")
        time.sleep(0.01)


def last_words(log: Path) -> str:
    """Return the line of a log that most likely tells why its program ended."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-50:] if log.exists() else []
    telling = [line for line in lines if "FATAL" in line or "rror" in line]
    return (telling or lines or ["it said nothing"])[-1].strip()
