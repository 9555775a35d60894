"""The one way an application or a referral changes: locked, checked, written to its log and the trail, all at once.

Whoever changes a referral locks its application first: so two banks, the owner and the clock never pass each other, and
how many banks may look is counted under that lock.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import orjson

from backend import audit
from backend.access import Actor
from backend.financing.errors import ApplicationChanged, ApplicationUnknown, ReferralChanged, ReferralUnknown
from backend.financing.events import NewEvent
from backend.financing.models import Application, Referral
from backend.financing.states import (
    APPLICATION,
    OVER,
    REFERRAL,
    ApplicationState,
    ReferralState,
)
from backend.financing.visibility import referrals_visible_to, visible_to
from backend.foundation import clock, db
from backend.foundation.errors import Forbidden

APPLICATIONS: Final = "financing_applications"
REFERRALS: Final = "financing_referrals"

_EVENT: Final = """
INSERT INTO financing_events (application_id, seq, referral_id, at, kind, actor_kind, actor_id, body, data)
SELECT $1, 1 + coalesce(max(seq), 0), $2, $3, $4, $5, $6, $7, $8::jsonb FROM financing_events WHERE application_id = $1
"""
_WHOSE: Final = "SELECT application_id FROM financing_referrals WHERE id = $1"


@asynccontextmanager
async def changing(application_id: UUID, actor: Actor, *, version: int | None = None) -> AsyncIterator[Application]:
    """Lock an application for a command, as one transaction.

    Raises ApplicationUnknown for one the actor does not see, ApplicationChanged when `version` is not how it stands.
    """
    async with db.transaction():
        yield await locked(application_id, actor, version=version)


async def locked(application_id: UUID, actor: Actor, *, version: int | None = None) -> Application:
    """Lock an application in the caller's transaction; raises as `changing` does."""
    visible = visible_to(actor)
    sql = f"""
    SELECT a.id FROM financing_applications a WHERE a.id = $1 AND {visible.render(2)} FOR NO KEY UPDATE OF a
    """
    if await db.fetch_value(sql, application_id, *visible.params) is None:
        raise ApplicationUnknown
    found = await Application.get(id=application_id)
    if version is not None and version != found.version:
        raise ApplicationChanged
    return found


async def locked_referral(
    referral_id: UUID, actor: Actor, *, permission: str | None = None, version: int | None = None
) -> tuple[Application, Referral]:
    """Lock a referral and its application in the caller's transaction.

    Raises ReferralUnknown for one the actor does not see, Forbidden, ReferralChanged.
    """
    whose = await db.fetch_value(_WHOSE, referral_id)
    await db.execute("SELECT FROM financing_applications WHERE id = $1 FOR NO KEY UPDATE", whose)
    if not await _sees(referral_id, referrals_visible_to(actor)):
        raise ReferralUnknown
    if permission is not None and not await _sees(referral_id, referrals_visible_to(actor, permission)):
        raise Forbidden(permission)
    referral = await Referral.get(id=referral_id)
    if version is not None and version != referral.version:
        raise ReferralChanged
    return await Application.get(id=referral.application_id), referral


async def _sees(referral_id: UUID, condition: Any) -> bool:
    sql = f"""
    SELECT EXISTS (SELECT FROM financing_referrals r JOIN financing_applications a ON a.id = r.application_id
                   WHERE r.id = $1 AND {condition.render(2)})
    """
    return bool(await db.fetch_value(sql, referral_id, *condition.params))


async def write(
    application: Application,
    actor: Actor,
    action: str,
    event: NewEvent,
    *,
    state: ApplicationState | None = None,
    **columns: Any,
) -> None:
    """Write down what happened to a locked application and move it; raises WrongState for a move that isn't known."""
    if state is not None:
        columns["state"] = APPLICATION.check(application.state, state)
        columns["ended_at"] = clock.now() if APPLICATION.is_final(state) else None
    columns["version"] = application.version + 1
    application.update_from_dict(columns)
    await application.save_only(*columns)
    await append(application.id, actor, event)
    await audit.record(actor, action, table=APPLICATIONS, row_id=application.id, fields=_names(columns))


async def write_referral(
    referral: Referral,
    actor: Actor,
    action: str,
    event: NewEvent,
    *,
    state: ReferralState | None = None,
    **columns: Any,
) -> None:
    """Write down what happened to a referral whose application is locked; raises WrongState."""
    if state is not None:
        columns["state"] = REFERRAL.check(referral.state, state)
        columns["ended_at"] = clock.now() if state in OVER else None
    columns["version"] = referral.version + 1
    referral.update_from_dict(columns)
    await referral.save_only(*columns)
    await append(referral.application_id, actor, event)
    await audit.record(actor, action, table=REFERRALS, row_id=referral.id, fields=_names(columns))


def _names(columns: Any) -> list[str]:
    return sorted(set(columns) - {"version"})


async def append(application_id: UUID, actor: Actor, event: NewEvent) -> None:
    """Add a line to the log of a locked application."""
    data = orjson.dumps(dict(event.data), default=str).decode()
    given = (event.referral_id, clock.now(), event.kind.value, actor.kind.value, actor.id, event.body, data)
    await db.execute(_EVENT, application_id, *given)
