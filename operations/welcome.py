"""What `wuwei run` prints when everything stands: addresses, who can sign in, what to try next."""

from io import StringIO
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from operations.demo import Demo
from operations.launcher import FOLLOWERS, ROOT, Launch

_WIDEST: Final = 200
"""Columns; nothing is broken into two lines, however narrow the terminal, for what is copied must be whole."""


def welcome(launch: Launch, demo: Demo | None) -> str:
    """Return the text; it names every address and where logs, settings and credentials lie."""
    api = f"http://127.0.0.1:{launch.options.api_port}"
    lines = [
        "",
        "无微不至 is ready.",
        f"  console        {api}/console/   ({_console()})",
        f"  API            {api}   (reference: {api}/docs)",
        f"  WeChat         {launch.environment['WUWEI_WECHAT_BASE_URL']}"
        + ("" if launch.options.wechat_base_url else "   (sandbox: what owners' phones received; no quiet hours)"),
        f"  metrics        http://127.0.0.1:{launch.options.internal_port}/metrics",
        f"  data and logs  {launch.installation.directory}",
        "",
        *(sign_in(demo) if demo else ()),
        *(() if launch.options.wechat_base_url else _channels()),
        "Try next: the five-minute tour in README.md; .venv/bin/wuwei doctor; .venv/bin/wuwei --help",
        "Ctrl-C stops everything; the data stays.",
    ]
    return "\n".join(lines)


def _console() -> str:
    """Tell staff where to look, or the operator what is missing."""
    if (ROOT / "miniprogram_api" / "built" / "console" / "index.html").exists():
        return "staff sign in with the accounts below, or with those of 'wuwei create-staff'"
    return "not built: 'make console', with Node 20.19 or later"


def _channels() -> list[str]:
    return [
        "Channels: subscribe message, service account and text message; the sandbox's phones show all three.",
        f"Sign-in codes of owners who follow the service account: {', '.join(f'demo-{name}' for name in FOLLOWERS)}",
        "",
    ]


def _table(demo: Demo) -> list[str]:
    """Return the accounts in columns, without bars between them: a word is marked by a double click, and copied."""
    table = Table("login", "password", "secret", "who", box=box.SIMPLE_HEAD, pad_edge=False)
    for one in demo.logins:
        table.add_row(one.login, one.password, one.totp_secret, one.name)
    text = StringIO()
    Console(file=text, width=_WIDEST, color_system=None, markup=False, emoji=False).print(table)
    return [f" {line.rstrip()}" for line in text.getvalue().splitlines() if line.strip()]


def sign_in(demo: Demo) -> list[str]:
    """Return the lines that tell how the demo's people sign in."""
    return [
        "Demo staff sign in with password and one-time code: '.venv/bin/wuwei demo-code LOGIN' shows it, or any",
        "authenticator that was given the secret.",
        *_table(demo),
        "  'yinhang', 'nongshang' and 'cunzhen' work at the desks of three banks and sign in at /console/bank/",
        f"An enterprise to claim: {demo.uscc} {demo.enterprise}",
        f"  representative {demo.representative}, phone {demo.phone}",
        "",
    ]
