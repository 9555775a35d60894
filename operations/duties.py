"""What an operator does to the service's own data: imports, staff accounts."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from backend import staff
from backend.access import SYSTEM, Role
from backend.assembly import assemble
from backend.enterprises import imports as enterprise_imports
from backend.foundation.settings import Settings
from backend.policies import imports as policy_imports
from operations.console import Advance, say
from operations.installation import open_installation
from operations.processes import OperationsError

T = TypeVar("T")


def within_service(work: Callable[[], Awaitable[T]], settings: Settings | None = None) -> T:
    """Run some work with everything open that a process of the service has; what it does is the system's act."""

    async def inside() -> T:
        async with assemble(settings or open_installation().settings(), application="wuwei-operator"):
            return await work()

    return asyncio.run(inside())


async def import_enterprises(file: Path, as_of: date | None, advance: Advance) -> None:
    """Import a registry file and tell how it ended; one that was cut off goes on where it stopped."""
    result = await enterprise_imports.import_registry(
        file, actor=SYSTEM, as_of=as_of, progress=lambda rows, done, total: advance(f"{rows:,} rows", done, total)
    )
    if result.resumed_at:
        say(f"went on after row {result.resumed_at:,}, where an earlier run was cut off")
    say(
        f"{result.rows:,} rows as of {result.as_of}: {result.new:,} new, {result.changed:,} changed, "
        f"{result.same:,} as before, {result.bad:,} refused"
    )
    if result.ignored_columns:
        say(f"columns without a meaning here: {', '.join(result.ignored_columns)}")
    if result.error_file:
        say(f"what was refused, with the reason in each row: {result.error_file}")


async def import_policies(file: Path) -> None:
    """Import a JSON list of policies as drafts and tell what became of each entry."""
    result = await policy_imports.import_policies(file, actor=SYSTEM)
    say(f"{len(result.new)} new, {len(result.changed)} changed, {len(result.same)} as before; all new ones are drafts")
    for bad in result.bad:
        say(f"entry {bad.place + 1} {bad.number} {bad.path}: {bad.sentence}")
    if result.bad:
        raise OperationsError(f"{len({bad.place for bad in result.bad})} entries were refused; the others are in")


async def create_staff(login: str, name: str, roles: Sequence[Role]) -> None:
    """Open an account and show its credentials; they are shown this once."""
    made = await staff.create_staff(login, name, roles, actor=SYSTEM)
    say(f"login           {made.login}")
    say(f"password        {made.password}   (must be changed at the first sign-in)")
    say(f"authenticator   {made.otpauth_uri}")
    say(f"recovery codes  {' '.join(made.recovery_codes)}")
    say("Hand these over now: they are not shown again.")
