"""What an operator does to the service's own data: imports, staff accounts, trail, keys, effects laid aside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from backend import outbox, staff
from backend.access import SYSTEM, Role
from backend.alerts import watching
from backend.assembly import PERSONAL, TOPICS, assemble
from backend.enterprises import imports as enterprise_imports
from backend.foundation import rotation
from backend.foundation.db import transaction
from backend.foundation.settings import Settings
from backend.notifications import privacy
from backend.policies.editing import imports as policy_imports
from backend.runtime import current
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


async def verify_audit() -> None:
    """Recompute every seal; raises OperationsError naming the first that does not hold."""
    verdict = await watching.verify_audit(current().settings.data_dir)
    held = f"{verdict.seals:,} seals over {verdict.entries:,} entries hold"
    if not verdict.is_sound:
        raise OperationsError(f"the trail was tampered with or is damaged: {verdict.problem} ({held})")
    say(held)


async def rotate_keys(advance: Advance) -> None:
    """Seal everything under the first key of each ring; raises OperationsError when some rows open with no key."""
    columns, rows, unreadable = rotation.sealed_columns(PERSONAL), 0, 0
    for place, column in enumerate(columns):
        shown = partial(_show_rows, advance, f"{column.table}.{column.name}", place, len(columns))
        shown(0)
        done = await rotation.rotate(current().vault, column, progress=shown)
        rows, unreadable = rows + done.rows, unreadable + done.unreadable
    say(f"{rows:,} values of {len(columns)} columns sealed again under the first keys")
    if unreadable:
        raise OperationsError(f"no key at hand opens {unreadable:,} values, named in the log: bring their keys back")


def _show_rows(advance: Advance, name: str, place: int, columns: int, rows: int) -> None:
    advance(f"{name} {rows:,}", place, columns)


async def revive(topic: str) -> None:
    """Let the effects of a topic that were laid aside as dead come again."""
    if topic not in TOPICS:
        raise OperationsError(f"no such topic: {topic}; there are {', '.join(sorted(TOPICS))}")
    count = await outbox.revive(topic)
    if count:
        await current().wake_ups.wake(outbox.JOB)
    say(f"{count:,} effects of {topic} come again")


async def withdraw(openid: str, revoked: str) -> None:
    """Do what a privacy event of WeChat's asks for that came without the openid; raises when nobody here has it."""
    appid, kind = current().settings.wechat_appid, privacy.REVOCATION if revoked else privacy.CANCELLATION
    async with transaction():
        if not await privacy.withdrawn(kind, appid, openid, revoked):
            raise OperationsError("nobody here has this openid: nothing is kept of him")
    say("noted; the workers do it, and the trail has the receipt")
