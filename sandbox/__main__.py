"""`python -m sandbox`: run the WeChat stand-in until it is told to stop."""

import sys

from sandbox import settings
from sandbox.app import create_app


def main() -> int:
    """Serve on one process; a wrong setting is one line on stderr and exit status 2."""
    try:
        loaded = settings.load()
    except settings.SettingsError as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 - the one line an operator reads
        return 2
    app = create_app(loaded)
    app.run(host=loaded.host, port=loaded.port, single_process=True, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
