"""What `wuwei run` prints when everything stands: addresses, who can sign in, what to try next."""

from operations.demo import Demo
from operations.launcher import FOLLOWERS, ROOT, Launch


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


def sign_in(demo: Demo) -> list[str]:
    """Return the lines that tell how the demo's people sign in."""
    return [
        "Demo staff: password, then the code of an authenticator ('.venv/bin/wuwei demo-code LOGIN' shows it):",
        *(f"  {one.login:8} {one.password}  {one.totp_secret}  {one.name}" for one in demo.logins),
        "  'yinhang', 'nongshang' and 'cunzhen' work at the desks of three banks and sign in at /console/bank/",
        f"An enterprise to claim: {demo.uscc} {demo.enterprise}",
        f"  representative {demo.representative}, phone {demo.phone}",
        "",
    ]
