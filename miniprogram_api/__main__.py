"""One process of the HTTP door: `python -m miniprogram_api [--port P] [--internal-port Q]`.

Any number of them may share the port (SO_REUSEPORT), each with an internal port of its own; a supervisor starts them
and starts again whichever ends. SIGTERM and SIGINT finish the requests that are under way.
"""

import argparse
import contextlib
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any

from sanic import Sanic

from backend.foundation.logging import configure_logging
from backend.foundation.settings import Settings, SettingsError, load_settings
from miniprogram_api.app import create_app
from miniprogram_api.health import internal_app
from miniprogram_api.openapi import document, written
from miniprogram_api.routes import ROUTES

WRONG_SETTINGS = 2
_BACKLOG = 1024


class PortTaken(Exception):
    """Another program listens there; the message is the one line to print."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns 2 when a setting or a port is wrong."""
    given = _parser().parse_args(arguments)
    if given.openapi:
        sys.stdout.buffer.write(written(document(ROUTES)))
        return 0
    try:
        settings = _settings(given)
        configure_logging(settings.log_level, process=f"api-{os.getpid()}")
        listener = shared_socket(settings.api_host, settings.api_port)
    except (SettingsError, PortTaken) as error:
        sys.stderr.write(f"miniprogram_api: {error}\n")
        return WRONG_SETTINGS
    app = create_app(settings)
    _listen_internally(app, settings)
    with contextlib.closing(listener):
        app.run(sock=listener, single_process=True, motd=False, access_log=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m miniprogram_api", description="One process of the HTTP door.")
    parser.add_argument("--port", type=int, dest="api_port", help="instead of WUWEI_API_PORT")
    parser.add_argument("--internal-port", type=int, dest="internal_port", help="instead of WUWEI_INTERNAL_PORT")
    parser.add_argument("--openapi", action="store_true", help="print the description of the surface and end")
    return parser


def _settings(given: argparse.Namespace) -> Settings:
    names = ("api_port", "internal_port")
    return load_settings(**{name: value for name in names if (value := getattr(given, name)) is not None})


def shared_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket that other processes may share; raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror}") from None
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def _listen_internally(app: Sanic[Any, Any], settings: Settings) -> None:
    """Serve metrics and readiness beside the app, on a port that the world cannot reach."""
    internal = internal_app(f"{app.name}-internal")

    async def begin(app: Sanic[Any, Any]) -> None:
        server = await internal.create_server(
            host=settings.internal_host, port=settings.internal_port, return_asyncio_server=True
        )
        if server is None:
            raise PortTaken(f"cannot listen on {settings.internal_host}:{settings.internal_port}")
        await server.startup()  # type: ignore[no-untyped-call]
        app.ctx.internal = server

    async def end(app: Sanic[Any, Any]) -> None:
        app.ctx.internal.close()

    app.register_listener(begin, "after_server_start")
    app.register_listener(end, "before_server_stop")


if __name__ == "__main__":
    sys.exit(main())
