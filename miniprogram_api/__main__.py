"""One process of the HTTP door: `python -m miniprogram_api [--port P] [--internal-port Q]`.

Any number of them may share the port (SO_REUSEPORT), each with an internal port of its own; a supervisor starts them
and starts again whichever ends. SIGTERM and SIGINT finish the requests that are under way.
"""

import argparse
import gc
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from sanic import Sanic

from backend.foundation.logging import configure_logging
from backend.foundation.secrets import Vault
from backend.foundation.settings import Settings, SettingsError, load_settings
from miniprogram_api.app import create_app
from miniprogram_api.health import internal_app
from miniprogram_api.openapi import document, written
from miniprogram_api.routes import ROUTES

WRONG_SETTINGS = 2
_BACKLOG = 1024
_GARBAGE = 20_000
"""New objects after which the collector looks for cycles; at Python's 700 it would do so every few requests."""


class PortTaken(Exception):
    """Another program listens there; the message is the one line to print."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns 2 when a setting or a port is wrong."""
    given = _parser().parse_args(arguments)
    if given.openapi:
        sys.stdout.buffer.write(written(document(ROUTES)))
        return 0
    with ExitStack() as held:
        try:
            settings = _settings(given)
            listener = held.enter_context(listen(settings.api_host, settings.api_port, shared=True))
            internal = held.enter_context(listen(settings.internal_host, settings.internal_port, shared=False))
        except (SettingsError, PortTaken) as error:
            sys.stderr.write(f"miniprogram_api: {error}\n")
            return WRONG_SETTINGS
        configure_logging(settings.log_level, process=f"api-{os.getpid()}")
        serve(settings, listener, internal)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m miniprogram_api", description="One process of the HTTP door.")
    parser.add_argument("--port", type=int, dest="api_port", help="instead of WUWEI_API_PORT")
    parser.add_argument("--internal-port", type=int, dest="internal_port", help="instead of WUWEI_INTERNAL_PORT")
    parser.add_argument("--openapi", action="store_true", help="print the description of the surface and end")
    return parser


def _settings(given: argparse.Namespace) -> Settings:
    names = ("api_port", "internal_port")
    settings = load_settings(**{name: value for name in names if (value := getattr(given, name)) is not None})
    Vault.from_settings(settings)  # a key that is none is told here, not by a traceback of the server
    return settings


def listen(host: str, port: int, *, shared: bool) -> socket.socket:
    """Return a listening socket, which other processes of ours may share or not; raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror}") from None
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def serve(settings: Settings, listener: socket.socket, internal: socket.socket) -> None:
    """Run the app on one socket, metrics and readiness on another that the world cannot reach."""
    app = create_app(settings)
    beside = internal_app(f"{app.name}-internal")

    async def begin(app: Sanic[Any, Any]) -> None:
        app.ctx.internal = await beside.create_server(sock=internal, return_asyncio_server=True)
        await app.ctx.internal.startup()
        # What was loaded by now stays for good: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GARBAGE)

    async def end(app: Sanic[Any, Any]) -> None:
        app.ctx.internal.close()

    app.register_listener(begin, "after_server_start")
    app.register_listener(end, "before_server_stop")
    app.run(sock=listener, single_process=True, motd=False, access_log=False)


if __name__ == "__main__":
    sys.exit(main())
