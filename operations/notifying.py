"""`wuwei notifications …` and `wuwei alerts …`: how messages stand, what is wrong, and what to try again."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
import typer
from rich.console import Console
from rich.table import Table

from backend import alerts
from backend.access import SYSTEM
from backend.alerts import Alert
from backend.foundation.clock import SHANGHAI
from backend.notifications import operating
from operations import duties
from operations.console import say
from operations.processes import OperationsError

notifications = typer.Typer(no_args_is_help=True, help="How messages to people stand, and what to try again.")
alarms = typer.Typer(invoke_without_command=True, help="What is wrong now; `ack` says that you look after one.")

_JSON = Annotated[bool, typer.Option("--json", help="as JSON, for programs")]
_ID_LETTERS: Final = 36


@notifications.command()
def status(as_json: _JSON = False) -> None:
    """Show what waits, how the last 24 hours went, which channels rest, which templates can't be used."""
    duties.within_service(lambda: show_status(as_json=as_json))


@notifications.command()
def retry(
    code: Annotated[int | None, typer.Option(help="only what was answered with this error code")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="messages that were given up; needs --code")] = False,
    as_json: _JSON = False,
) -> None:
    """Try at once what an error put off, and channels that rest; with --failed also what was given up."""
    duties.within_service(lambda: try_again(code, failed=failed, as_json=as_json))


@notifications.command()
def settle(as_json: _JSON = False) -> None:
    """Work off WeChat's pushes and what a crash left, without waiting for the workers."""
    duties.within_service(lambda: settle_now(as_json=as_json))


@notifications.command("resume-template")
def resume_template(
    title: Annotated[str, typer.Argument(help="as `wuwei notifications status` shows it, with or without its channel")],
) -> None:
    """Use a template again that WeChat or the SMS provider had refused, once that is mended; of whichever channel."""
    duties.within_service(lambda: resume(title))


@alarms.callback()
def listed_by_default(context: typer.Context) -> None:
    """Without a subcommand the open ones are listed."""
    if context.invoked_subcommand is None:
        duties.within_service(lambda: show_alerts(with_cleared=False, as_json=False))


@alarms.command("list")
def list_alerts(
    with_cleared: Annotated[bool, typer.Option("--all", help="also those that are over")] = False,
    as_json: _JSON = False,
) -> None:
    """List what is wrong now, the newest first."""
    duties.within_service(lambda: show_alerts(with_cleared=with_cleared, as_json=as_json))


@alarms.command()
def ack(alert: Annotated[str, typer.Argument(help="its id, or the beginning of one, as the list shows it")]) -> None:
    """Say that you look after an alert; it ends by itself when its cause is gone."""
    duties.within_service(lambda: acknowledge(alert))


async def show_status(*, as_json: bool) -> None:
    found = await operating.status()
    if as_json:
        _say_json(found)
        return
    say(f"waiting    {found['waiting']['messages']:,} messages, the oldest for {found['waiting']['oldest_seconds']} s")
    say(f"callbacks  {found['callbacks']['waiting']:,}, the oldest for {found['callbacks']['oldest_seconds']} s")
    say("states     " + (", ".join(f"{name} {n:,}" for name, n in found["states"].items()) or "nothing in 24 hours"))
    say("credits    " + (", ".join(f"{title} {n:,}" for title, n in found["credits"].items()) or "none"))
    _say_list(
        "channels",
        [f"{one['channel']} rests until {_at(one['until_at'])}: {one['reason']}" for one in found["channels"]],
    )
    _say_list(
        "templates",
        [f"{one['title']} ({one['channel']}) is {one['state']}: {one['reason'] or ''}" for one in found["templates"]],
    )
    _say_list(
        "errors",
        [
            f"{one['n']:,} × {one['errcode'] or '-'} {one['channel']} {one['kind']}: {one['reason']}"
            for one in found["errors"]
        ],
    )
    say(f"alerts     {found['alerts']} open" + (": see `wuwei alerts`" if found["alerts"] else ""))


def _say_list(name: str, lines: Sequence[str]) -> None:
    for place, line in enumerate(lines or ["all well"]):
        say(f"{name if place == 0 else '':<10} {line.rstrip(': ')}")


async def try_again(code: int | None, *, failed: bool, as_json: bool) -> None:
    if failed and code is None:
        raise OperationsError("--failed needs --code: only what one mended mistake had spoilt is sent again")
    count = await operating.retry_failed(code) if failed and code is not None else await operating.retry(code)
    if as_json:
        _say_json({"messages": count})
    else:
        say(f"{count:,} messages come again")


async def settle_now(*, as_json: bool) -> None:
    unknown = await operating.settle()
    if as_json:
        _say_json({"unknown": unknown})
    else:
        say(f"settled; of {unknown:,} calls WeChat has not told yet what became of them (10 minutes at most)")


async def resume(title: str) -> None:
    if not await operating.resume_template(title):
        raise OperationsError(f"no template called {title} is stopped")
    say(f"{title} is used again")


async def show_alerts(*, with_cleared: bool, as_json: bool) -> None:
    found, _ = await alerts.listed(SYSTEM, with_cleared=with_cleared)
    if as_json:
        _say_json(found)
    elif not found:
        say("nothing is wrong")
    else:
        Console(width=None if Console().is_terminal else 200).print(_table(found))


def _table(found: Iterable[Alert]) -> Table:
    table = Table("id", "severity", "what", "about", "times", "since", "state", box=None)
    for one in found:
        state = "over" if one.cleared_at else "seen" if one.acknowledged_at else "open"
        about = f"{one.key} {' '.join(f'{name}={value}' for name, value in one.detail.items())}".strip()
        table.add_row(
            str(one.id), one.severity, f"{one.kind} {one.title}", about, str(one.times), _at(one.opened_at), state
        )
    return table


async def acknowledge(given: str) -> None:
    """Take an id or the unmistakable beginning of one."""
    found, _ = await alerts.listed(SYSTEM, with_cleared=len(given) == _ID_LETTERS)
    fitting = [one.id for one in found if str(one.id).startswith(given.lower())]
    if len(fitting) != 1:
        raise OperationsError(f"{len(fitting) or 'no'} open alerts begin with {given}: see `wuwei alerts list`")
    seen = await alerts.acknowledge(UUID(str(fitting[0])), actor=SYSTEM)
    say(f"{seen.kind} {seen.key}: seen. What to do: {seen.runbook}")


def _at(moment: Any) -> str:
    return str(moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S"))


def _say_json(found: Any) -> None:
    say(orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2).decode())
