"""What `wuwei run` prints when everything stands: addresses and what to try next."""

from operations.launcher import Launch


def welcome(launch: Launch) -> str:
    """Return the text; it names every address and where logs and settings lie."""
    api = f"http://127.0.0.1:{launch.options.api_port}"
    lines = [
        "",
        "无微不至 is ready.",
        f"  API            {api}          (reference: {api}/docs)",
        f"  WeChat         {launch.environment['WUWEI_WECHAT_BASE_URL']}"
        + ("" if launch.options.wechat_base_url else "          (sandbox: what owners' phones received)"),
        f"  metrics        http://127.0.0.1:{launch.options.internal_port}/metrics",
        f"  data and logs  {launch.installation.directory}",
        "",
        "Try next:",
        "  the five-minute tour in README.md",
        "  wuwei doctor          is everything well?",
        "  wuwei --help          imports, staff, backup and restore",
        "",
        "Ctrl-C stops everything; the data stays.",
    ]
    return "\n".join(lines)
