"""Private PostgreSQL and Valkey servers out of two wheels: for development, tests and small installations.

Both listen on 127.0.0.1 alone, behind a generated password, and end with the process that started them. As
root they run as `nobody`, with their own directory as working directory, so that it may lie below a closed one.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from operations.binaries import postgres_programs, valkey_program
from operations.processes import OperationsError, Plan, Server, User, kept_port, launch, tied, user_for, works_in

_HERE = "/proc/self/cwd"  # a path that leads to the working directory without walking its parents
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
_TAKEN = ("Address already in use", "Failed listening on port")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "jit": "off",  # the service's statements are short: compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the DETAIL of an error would put people's data into the log
}
# A city's million enterprises are 0.8 GB of pages, which a broadcast's audience is looked for in.
_CACHE_MB = range(128, 1025)
# For data that may be lost with the machine: tests.
_VOLATILE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
}
# The service's own role may make databases (the tests do) but is no superuser: what is revoked stays revoked.
_FIRST_STATEMENTS = "CREATE ROLE wuwei LOGIN CREATEDB PASSWORD '{password}'\nCREATE DATABASE wuwei OWNER wuwei\n"
# Emptying a test's tables one by one, without their keys and triggers, takes a tenth of truncating them together.
_FOR_TESTS = "GRANT SET ON PARAMETER session_replication_role TO wuwei\n"


def start_postgres(directory: Path, *, durable: bool = True) -> Server:
    """Start a PostgreSQL 18 whose cluster lies in `directory`, making it first if need be (about 1 s).

    The URL names the role `wuwei` (may create databases, no superuser) and its database `wuwei`. With
    `durable=False` it is faster, and a crash of the machine may spoil the data. Call it from a thread that lives
    as long as the server should. Raises `OperationsError`.
    """
    return _launch_on_free_port(lambda: plan_postgres(directory, durable=durable), directory)


def start_valkey(directory: Path) -> Server:
    """Start a Valkey that keeps nothing on disk: what must survive is in PostgreSQL."""
    return _launch_on_free_port(lambda: plan_valkey(directory), directory)


def plan_postgres(directory: Path, *, durable: bool = True) -> Plan:
    """Prepare a cluster to be started: make it if need be, choose its port, remove a dead server's lock."""
    user = user_for(directory)
    programs = postgres_programs(user)
    data = directory / "data"
    if not data.exists():
        _make_cluster(directory, programs, user, durable=durable)
    _release_lock(data)
    port = kept_port(directory / "port")
    cache = {"shared_buffers": f"{_cache_mb() if durable else _CACHE_MB.start}MB"}
    settings = {"port": str(port), **_SETTINGS, **cache, **({} if durable else _VOLATILE)}
    flags = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    return Plan(
        name="PostgreSQL",
        url=f"postgres://wuwei:{_password(directory)}@127.0.0.1:{port}/wuwei",
        program=(str(programs / "postgres"), "-D", _HERE, *flags),
        directory=data,
        log=_rolled(directory / "postgres.log"),
        user=user,
        environment=_ENVIRONMENT,
        stop=signal.SIGINT if durable else signal.SIGQUIT,
        is_ready=lambda pid: _says_ready(data, pid),
    )


def plan_valkey(directory: Path) -> Plan:
    """Prepare a Valkey to be started: its password and port chosen, its configuration written."""
    user = user_for(directory)
    password, port = _password(directory), kept_port(directory / "port")
    lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", 'save ""', "appendonly no"]
    _write_private(directory / "valkey.conf", "\n".join(lines) + "\n", user)
    return Plan(
        name="Valkey",
        url=f"redis://:{password}@127.0.0.1:{port}",
        program=(str(valkey_program(user)), f"{_HERE}/valkey.conf"),
        directory=directory,
        log=_rolled(directory / "valkey.log"),
        user=user,
        environment=_ENVIRONMENT,
        stop=signal.SIGTERM,
        is_ready=lambda _pid: _answers_ping(port, password),
    )


def _launch_on_free_port(plan: Callable[[], Plan], directory: Path) -> Server:
    """Launch; when somebody took the port between its choice and its use, choose again."""
    for _attempt in range(5):
        try:
            return launch(plan())
        except OperationsError as error:
            if not any(sign in str(error) for sign in _TAKEN):
                raise
            (directory / "port").unlink()
    raise OperationsError(f"no free port for a server in {directory}")


def _cache_mb() -> int:
    """A quarter of this machine's memory, as PostgreSQL's manual advises, within bounds; it is taken as it is used."""
    quarter = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 1024**2
    return min(max(quarter, _CACHE_MB.start), _CACHE_MB.stop - 1)


def _make_cluster(directory: Path, programs: Path, user: User | None, *, durable: bool) -> None:
    """Make a cluster beside its place and move it there whole: one that was interrupted is never used."""
    draft = directory / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _give(draft, user)
    locale = ("--locale-provider=libc", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8")
    quick = () if durable else ("--no-sync",)
    access = ("--username=postgres", "--auth=reject")
    _run([str(programs / "initdb"), "-D", _HERE, *locale, *access, *quick, "--no-instructions"], draft, user)
    statements = _FIRST_STATEMENTS.format(password=_password(directory)) + ("" if durable else _FOR_TESTS)
    _run([str(programs / "postgres"), "--single", "-D", _HERE, "postgres"], draft, user, statements)
    _write_private(draft / "pg_hba.conf", "host all wuwei 127.0.0.1/32 scram-sha-256\n", user)
    draft.rename(directory / "data")


def _run(program: list[str], directory: Path, user: User | None, text: str = "") -> None:
    argv = tied(program, death="KILL", user=user, environment=_ENVIRONMENT)
    done = subprocess.run(argv, cwd=directory, input=text, capture_output=True, text=True, check=False)
    if done.returncode or "ERROR:" in done.stderr:
        words = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise OperationsError(f"{Path(program[0]).name} could not make a database cluster: {words}")


def _release_lock(data: Path, patience: float = 15) -> None:
    """Remove the lock of a server that is dead; wait for one that is still on its way out."""
    lock = data / "postmaster.pid"
    deadline = time.monotonic() + patience
    while (pid := _holder(lock)) and works_in(pid, data):
        if time.monotonic() > deadline:
            raise OperationsError(f"{data} is in use by process {pid}: stop it first")
        time.sleep(0.05)
    lock.unlink(missing_ok=True)


def _holder(lock: Path) -> int | None:
    try:
        return int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _says_ready(data: Path, pid: int) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return lines[:1] == [str(pid)] and [line.strip() for line in lines[7:]] == ["ready"]


def _answers_ping(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return connection.recv(64).startswith(b"+OK")
    except OSError:
        return False


def _password(directory: Path) -> str:
    """Return the server's password, made at the first call; the file is its owner's alone."""
    file = directory / "password"
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(24), None)
    return file.read_text(encoding="utf-8")


def _write_private(file: Path, text: str, user: User | None) -> None:
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    _give(file, user)


def _give(path: Path, user: User | None) -> None:
    if user:
        os.chown(path, user.uid, user.gid)


def _rolled(log: Path, limit: int = 10_000_000) -> Path:
    """Put a log that has grown past `limit` bytes aside, over the one put aside before."""
    if log.exists() and log.stat().st_size > limit:
        log.rename(log.with_suffix(".log.1"))
    return log
