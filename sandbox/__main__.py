"""`python -m sandbox`: run the WeChat stand-in until it is told to stop."""

import socket
import sys

from sandbox import settings
from sandbox.app import create_app
from sandbox.journal import JournalError
from sandbox.settings import Settings, SettingsError


def main() -> int:
    """Serve on one process; what keeps it from starting is one line on stderr and exit status 2."""
    try:
        loaded = settings.load()
        app = create_app(loaded)
        listener = _listen(loaded)
    except (SettingsError, JournalError) as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 - the one line an operator reads
        return 2
    with listener:
        app.run(sock=listener, single_process=True, access_log=False, motd=False)
    return 0


def _listen(loaded: Settings) -> socket.socket:
    try:
        return socket.create_server((loaded.host, loaded.port))
    except OSError as error:
        address = f"{loaded.host}:{loaded.port}"
        raise SettingsError(f"WUWEI_SANDBOX_PORT: can't listen on {address}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
