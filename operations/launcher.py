"""`wuwei run`: everything on this machine, from nothing to ready, and nothing left of it afterwards."""

import asyncio
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

import asyncpg

from backend.foundation.migrations import migrate
from backend.foundation.secrets import Vault
from backend.foundation.settings import Settings, environment
from backend.tables import MODELS
from operations.doctor import look_for_redis
from operations.embedded import plan_postgres, plan_valkey
from operations.installation import Installation, Options, made_settings, settings_with
from operations.keys import MEND, foreign, refuse_to_replace
from operations.processes import OperationsError, Plan, is_free, tied
from operations.supervision import SUPERVISOR, Program, Supervisor, await_predecessor

ROOT = Path(__file__).parent.parent
_STORES, _SERVICES = 1, 2
_URLS = {"postgres": "WUWEI_DATABASE_URL", "valkey": "WUWEI_REDIS_URL"}
# Stand for the embedded servers' addresses while nobody knows them yet.
_OWN = {"WUWEI_DATABASE_URL": "postgres://127.0.0.1/wuwei", "WUWEI_REDIS_URL": "redis://127.0.0.1"}
_LEAST_SPACE = 256  # MiB; a new cluster with the demo takes half of it
_SANDBOX, _WORKER = "sandbox", "worker"
# Owners of the sandbox from the beginning on, so that the service account has followers before anybody signs in.
FOLLOWERS = ("zhang", "li")


@dataclass
class Launch:
    """What one start decided: the embedded servers, the services, and the settings they share."""

    installation: Installation
    options: Options
    stores: dict[str, Plan] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def is_demonstration(self) -> bool:
        """Only a database of our own is filled with made-up data, and only where no real WeChat is spoken to."""
        return self.options.database_url is None and self.options.wechat_base_url is None

    @property
    def services(self) -> list[str]:
        sandbox = [] if self.options.wechat_base_url else [_SANDBOX]
        return [*sandbox, *(f"api-{number}" for number in range(1, self.options.processes + 1)), _WORKER]


def prepare(options: Options) -> Launch:
    """Check this machine, make what is missing and settle every setting; starts nothing but `initdb`."""
    launch = Launch(Installation(options.data_dir), options)
    installation = launch.installation
    installation.prepare()
    installation.claim()
    await_predecessor(installation.directory / "run")
    check_machine(options)
    made = _settle(installation, options)
    if options.database_url is None:
        launch.stores["postgres"] = plan_postgres(installation.directory / "postgres")
    if options.redis_url is None:
        launch.stores["valkey"] = plan_valkey(installation.directory / "valkey")
    made |= {_URLS[name]: plan.url for name, plan in launch.stores.items()}
    installation.note(made)
    launch.environment = {**made, **environment(), "WUWEI_DATA_DIR": str(installation.directory)}
    return launch


def _settle(installation: Installation, options: Options) -> dict[str, str]:
    """Return all settings but the embedded servers' addresses; keys are noted before there is anything to seal."""
    noted = installation.noted()
    if options.database_url is None:
        refuse_to_replace(installation.directory, {**noted, **environment()})
    made = made_settings(options, noted)
    settings_with({**_OWN, **made})  # a wrong or missing one is told now, before anything is made
    installation.note({**noted, **made})
    return made


def check_machine(options: Options) -> None:
    """Raise OperationsError for what this machine lacks or what somebody else holds."""
    if shutil.which("setpriv") is None:
        raise OperationsError("the program 'setpriv' is missing: install util-linux")
    free = shutil.disk_usage(options.data_dir).free >> 20
    if free < _LEAST_SPACE:
        raise OperationsError(f"only {free} MiB are free in {options.data_dir}: make room, or set WUWEI_DATA_DIR")
    ports = {"WUWEI_API_PORT": options.api_port}
    for number in range(options.processes):
        ports[f"WUWEI_INTERNAL_PORT{f' + {number}' if number else ''}"] = options.internal_port + number
    if options.wechat_base_url is None:
        ports["WUWEI_SANDBOX_PORT"] = options.sandbox_port
    if len(set(ports.values())) < len(ports):
        raise OperationsError(f"two listeners want one port: {_told(ports)}")
    for name, port in ports.items():
        if not is_free(port):
            raise OperationsError(f"port {port} is taken: stop what listens there, or set {name} to a free one")


def _told(ports: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={port}" for name, port in ports.items())


@contextmanager
def started(launch: Launch, say: Callable[[str], None]) -> Iterator[Supervisor]:
    """Start all parts in their order and yield when each is ready; they end with the block."""
    programs = [*_store_programs(launch), *_service_programs(launch)]
    with Supervisor(launch.installation.directory / "run", programs, launch.environment) as supervisor:
        for name in launch.stores:
            supervisor.begin(name)
        for name, plan in launch.stores.items():
            _await(supervisor, name, _probe(plan, supervisor, name))
            say(f"{plan.name} is ready")
        if _SANDBOX in launch.services:
            supervisor.begin(_SANDBOX)
        asyncio.run(_make_ready(launch.installation.settings(), say))
        for name in launch.services:
            if name != _SANDBOX:
                supervisor.begin(name)
        for name, probe in _service_probes(launch, supervisor):
            _await(supervisor, name, probe)
            say(f"{name} is ready")
        yield supervisor


async def _make_ready(settings: Settings, say: Callable[[str], None]) -> None:
    await migrate(settings.database_url, MODELS)
    connection = await asyncpg.connect(settings.database_url)
    try:
        closed = await foreign(connection, Vault.from_settings(settings))
    finally:
        await connection.close()
    if closed:
        raise OperationsError(f"the keys at hand are not those that sealed {', '.join(closed)}: {MEND}")
    say("the database is up to date")
    if not (found := await look_for_redis(settings.redis_url)).is_well:
        say(f"WUWEI_REDIS_URL does not answer, the service is slower and less strict without it: {found.told}")


def _probe(plan: Plan, supervisor: Supervisor, name: str) -> Callable[[], bool]:
    return lambda: plan.is_ready(supervisor.pid(name))


def _store_programs(launch: Launch) -> Iterator[Program]:
    for name, plan in launch.stores.items():
        stop = plan.stop.name.removeprefix("SIG")
        yield Program(name, plan.argv(SUPERVISOR), plan.directory, plan.log, stop=stop, floor=_STORES)


def _service_programs(launch: Launch) -> Iterator[Program]:
    port, internal = launch.options.api_port, launch.options.internal_port
    modules: dict[str, tuple[str, dict[str, str]]] = {
        _SANDBOX: ("sandbox", _sandbox_environment(launch)),
        _WORKER: ("workers", {}),
    }
    for number in range(launch.options.processes):
        own = {"WUWEI_API_PORT": str(port), "WUWEI_INTERNAL_PORT": str(internal + number)}
        modules[f"api-{number + 1}"] = ("miniprogram_api", own)
    for name in launch.services:
        module, own = modules[name]
        argv = tied([sys.executable, "-m", module], death="KILL", parent=SUPERVISOR)
        log = launch.installation.logs / f"{name}.log"
        yield Program(name, argv, ROOT, log, environment=own, floor=_SERVICES)


def _sandbox_environment(launch: Launch) -> dict[str, str]:
    api = f"http://127.0.0.1:{launch.options.api_port}"
    secret = launch.environment.get("WUWEI_SMS_REPORT_SECRET")
    return {
        "WUWEI_SANDBOX_PORT": str(launch.options.sandbox_port),
        "WUWEI_SANDBOX_STATE": str(launch.installation.directory / "sandbox.json"),
        "WUWEI_SANDBOX_OWNERS": ",".join(FOLLOWERS),
        "WUWEI_WECHAT_CALLBACK_URL": f"{api}/wechat/events/miniprogram",
        "WUWEI_WECHAT_SERVICE_CALLBACK_URL": f"{api}/wechat/events/service",
        "WUWEI_SMS_REPORT_URL": f"{api}/sms/reports/{secret}" if secret else "",
    }


def _service_probes(launch: Launch, supervisor: Supervisor) -> Iterator[tuple[str, Callable[[], bool]]]:
    for number in range(launch.options.processes):
        url = f"http://127.0.0.1:{launch.options.internal_port + number}/readyz"
        yield f"api-{number + 1}", partial(answers, url)
    yield _WORKER, partial(_beats, launch, supervisor)
    if _SANDBOX in launch.services:
        yield _SANDBOX, partial(answers, f"http://127.0.0.1:{launch.options.sandbox_port}/")


def _beats(launch: Launch, supervisor: Supervisor) -> bool:
    """Tell whether the worker that runs now has touched its file."""
    return (launch.installation.directory / "run" / f"worker-{supervisor.pid(_WORKER)}.alive").exists()


def answers(url: str) -> bool:
    """Tell whether a GET is answered with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http addresses
            return bool(answer.status < 400)  # noqa: PLR2004 - HTTP's own line
    except (urllib.error.URLError, OSError):
        return False


def _await(supervisor: Supervisor, name: str, is_ready: Callable[[], bool], patience: float = 60) -> None:
    """Wait for one program; one that keeps ending is told with its last words instead of awaited for ever."""
    deadline = time.monotonic() + patience
    lives: set[int] = set()
    while not is_ready():
        lives.add(supervisor.pid(name))
        if len(lives - {0}) > 3 or time.monotonic() > deadline:  # noqa: PLR2004 - three deaths are no accident
            raise OperationsError(f"{name} does not become ready: {supervisor.last_words(name)}")
        time.sleep(0.02)


def wait_for_end(supervisor: Supervisor) -> None:
    """Return when the operator (Ctrl-C) or the system (SIGTERM) asks; raise when supervisord itself ends."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    while not ended.wait(0.5):
        if not supervisor.is_alive():
            raise OperationsError("the supervisor was killed, and everything it kept with it: start again")
