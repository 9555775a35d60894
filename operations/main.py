"""The `wuwei` command: each subcommand is a thin function over the capability that does the work."""

import asyncio
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.access import Role
from backend.foundation.migrations import migrate as run_migrations
from backend.foundation.settings import environment, variable
from backend.tables import MODELS
from operations import doctor as checks
from operations import duties, notifying
from operations.backup import back_up
from operations.console import bar, byte_progress, complain, passphrase, run_told, say
from operations.demo import Demo, current_code, kept, seed
from operations.installation import open_installation, read_options
from operations.launcher import Launch, prepare, started, wait_for_end
from operations.restore import restore as bring_back
from operations.welcome import sign_in, welcome

commands = typer.Typer(
    name="wuwei",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Runs and looks after 无微不至, the service for a city's micro-enterprises and sole traders.\n\n"
    "Settings are WUWEI_* variables; what 'wuwei run' made itself lies in the data directory (.wuwei/settings.env).",
)
commands.add_typer(notifying.notifications, name="notifications")
commands.add_typer(notifying.alarms, name="alerts")
_INTERRUPTED = 130
_PASSPHRASE = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="a file that holds the pass phrase, in place of WUWEI_BACKUP_PASSPHRASE"),
]


def app() -> None:
    """Run the command line; the console script's entry."""
    run_told(commands)


@commands.command()
def run() -> None:
    """Run everything on this machine: PostgreSQL, Valkey, the WeChat sandbox, API and worker. Ctrl-C ends it.

    WUWEI_DATABASE_URL, WUWEI_REDIS_URL and WUWEI_WECHAT_BASE_URL each replace an embedded part by a real server.
    """
    launch = prepare(read_options())
    with started(launch, say) as supervisor:
        say(welcome(launch, _demo(launch) if launch.is_demonstration else None))
        wait_for_end(supervisor)
        say("stopping …")


def _demo(launch: Launch) -> Demo:
    installation = launch.installation
    made = kept(installation)
    if made is None:
        say("making demo data …")
        made = duties.within_service(lambda: seed(installation), installation.settings())
    return made


@commands.command("seed-demo", hidden=True)
def seed_demo() -> None:
    """Fill the database with made-up enterprises and staff, as 'wuwei run' does on its embedded one."""
    installation = open_installation()
    made = kept(installation) or duties.within_service(lambda: seed(installation))
    say("\n".join(sign_in(made)))


@commands.command("demo-code")
def demo_code(login: Annotated[str, typer.Argument(help="one of those that wuwei run prints")]) -> None:
    """Print the one-time code of a demo member of staff, as his authenticator app would show it now."""
    say(current_code(open_installation(), login))


@commands.command()
def api() -> None:
    """Run one API process in the foreground, for an orchestrator that supervises it."""
    _become("miniprogram_api")


@commands.command()
def worker() -> None:
    """Run one worker process in the foreground, for an orchestrator that supervises it."""
    _become("workers")


def _become(module: str) -> None:
    installation = open_installation()
    installation.settings()  # a wrong one is told here, in one line
    os.execve(  # noqa: S606 - the same interpreter, another of our own doors
        sys.executable, [sys.executable, "-m", module], {**installation.noted(), **environment()}
    )


@commands.command()
def migrate() -> None:
    """Bring the database to this version's schema. Several at once are harmless."""
    asyncio.run(run_migrations(open_installation().settings().database_url, MODELS))
    say("the database is up to date")


@commands.command("import-enterprises")
def import_enterprises(
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8 or GB18030) or XLSX of the registry", exists=True, dir_okay=False)
    ],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day of its data; by default today")
    ] = None,
) -> None:
    """Import a registry file. One that was cut off goes on where it stopped; twice the same changes nothing."""
    try:
        with bar() as advance:
            duties.within_service(lambda: duties.import_enterprises(file, as_of.date() if as_of else None, advance))
    except KeyboardInterrupt:
        complain("stopped; the rows that came in stay, and the same command goes on after them")
        raise typer.Exit(_INTERRUPTED) from None


@commands.command("import-policies")
def import_policies(
    file: Annotated[Path, typer.Argument(help="a JSON list of policies", exists=True, dir_okay=False)],
) -> None:
    """Import policies with their rules as drafts; a known one that says the same is left alone."""
    duties.within_service(lambda: duties.import_policies(file))


@commands.command("create-staff")
def create_staff(
    login: Annotated[str, typer.Argument(help="2 to 32 small letters, digits or . _ -")],
    name: Annotated[str, typer.Argument(help="as colleagues and owners read it")],
    role: Annotated[list[Role], typer.Option(metavar="ROLE", help=f"{', '.join(Role)}; may be given more than once")],
) -> None:
    """Open a staff account; password, authenticator and recovery codes are shown once."""
    duties.within_service(lambda: duties.create_staff(login, name, role))


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(help="the file to write; it must not exist")],
    passphrase_file: _PASSPHRASE = None,
) -> None:
    """Write database, uploaded files and keys into one sealed file, while the service runs.

    Without the pass phrase nobody can restore it, you included: keep it apart from the file.
    """
    secret = passphrase(passphrase_file, is_new=True)
    with byte_progress() as progress:
        manifest = back_up(file, open_installation().settings(), secret, progress)
    say(f"{file}: {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables, {file.stat().st_size:,} bytes")


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="a file written by 'wuwei backup'", exists=True, dir_okay=False)],
    into: Annotated[Path, typer.Option(help="the data directory to make; it must not exist or be empty")],
    passphrase_file: _PASSPHRASE = None,
) -> None:
    """Restore a backup into a new data directory, checked down to the row counts.

    The database goes into a cluster of its own there, or into the empty one that WUWEI_DATABASE_URL names.
    """
    secret = passphrase(passphrase_file, is_new=False)
    with byte_progress() as progress:
        manifest = bring_back(file, into, secret, progress, variable("WUWEI_DATABASE_URL") or None)
    say(
        f"{into}: {sum(manifest.rows.values()):,} rows as of {manifest.made_at}. Start: WUWEI_DATA_DIR={into} wuwei run"
    )


@commands.command("verify-audit")
def verify_audit() -> None:
    """Recompute the seals of the whole trail, archives included. Exit code 1 if anything was altered or is missing."""
    duties.within_service(duties.verify_audit)


@commands.command("rotate-keys")
def rotate_keys() -> None:
    """Seal all personal data again under the first key of WUWEI_ENCRYPTION_KEYS and WUWEI_INDEX_KEYS, at once.

    Workers do the same by night. Older keys can go when this says 0 values, all processes running with the new key.
    """
    with bar() as advance:
        duties.within_service(lambda: duties.rotate_keys(advance))


@commands.command()
def revive(
    topic: Annotated[str, typer.Argument(help="as the log line 'outbox.dead' names it")],
) -> None:
    """Let deferred effects that were given up come again, once their cause is mended."""
    duties.within_service(lambda: duties.revive(topic))


@commands.command()
def withdraw(
    openid: Annotated[str, typer.Argument(help="of the mini-program, as WeChat's daily mail names it")],
    revoked: Annotated[str, typer.Option(help="the mail's numbers of single data (8 is the phone)")] = "",
) -> None:
    """Erase whom WeChat told of without naming him: all of him, or the single data he took back."""
    duties.within_service(lambda: duties.withdraw(openid, revoked))


@commands.command()
def doctor() -> None:
    """Check every dependency and setting, and say how to mend what is wrong. Exit code 1 if anything is."""
    if not asyncio.run(_examine()):
        raise typer.Exit(1)


async def _examine() -> bool:
    is_well = True
    async for finding in checks.examine(open_installation()):
        checks.report(finding, say)
        is_well = is_well and finding.is_well
    return is_well


if __name__ == "__main__":
    app()
