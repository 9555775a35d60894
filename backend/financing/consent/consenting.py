"""One bank, one consent: signed by who may sign for the enterprise, for what he ticked, taken back at any time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from backend import audit, consents
from backend.access import Actor
from backend.consents import TextChanged
from backend.financing import checking, errors, standing, values, writing
from backend.financing.banks import institutions
from backend.financing.catalogue.matching import LIVE
from backend.financing.consent import ending, kinds
from backend.financing.consent.kinds import DESK
from backend.financing.events import Kind, NewEvent
from backend.financing.models import Application, Referral
from backend.financing.referrals import routing
from backend.financing.states import ApplicationState, ReferralState
from backend.foundation import clock, db
from backend.foundation.errors import FieldError
from backend.foundation.ids import random_id
from backend.foundation.numbers import public_number
from backend.identity.errors import NotManaging

TEXT: Final = "financing_sharing"
SEPARATE_TEXT: Final = "financing_personal"
PURPOSE: Final = "本次融资对接；不得用于其他目的，不得再向他人提供"
MOST: Final = 10
"""How many institutions one need is shown to, however often."""
MOST_TIMES: Final = 30
"""How many banks one application names in all, one after another."""

_ROLE: Final = """
SELECT role FROM bindings WHERE person_id = $1 AND enterprise_id = $2 AND state = 'active'
  AND role IN ('representative', 'manager') AND (until IS NULL OR until > $3) FOR SHARE
"""
_CHOICE: Final = f"""
SELECT i.id, i.name, i.contact, m.answer, {LIVE.format(day="$3")} AS is_live, i.is_open,
    EXISTS (SELECT FROM financing_assessments s
            WHERE s.institution_id = i.id AND s.valid_until >= $3::date) AS assessed,
    (SELECT c.id FROM financing_consents c WHERE c.application_id = $1 AND c.institution_id = i.id
     AND c.revoked_at IS NULL) AS before_id
FROM financing_matches m JOIN financing_product_versions v ON v.id = m.version_id
JOIN financing_institutions i ON i.id = m.institution_id
WHERE m.application_id = $1 AND m.version_id = $2 FOR SHARE OF i, v
"""
_CONSENT: Final = """
INSERT INTO financing_consents (id, application_id, institution_id, enterprise_id, recipient, contact, purpose, kinds,
    fields, sensitive_fields, method, text_version, text_hash, sensitive_version, sensitive_hash, person_id, signed_as,
    signed_at, signed_from, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
"""
# It has run out, and what was under it is over too.
_HAS_RUN_OUT: Final = """
SELECT EXISTS (SELECT FROM financing_consents c JOIN financing_referrals r ON r.consent_id = c.id
               WHERE c.id = $1 AND c.expires_at <= $2 AND r.ended_at IS NOT NULL)
"""
_POSITION: Final = "SELECT coalesce(max(position), 0) + 1 FROM financing_referrals WHERE application_id = $1"
_OTHERS: Final = """
SELECT count(DISTINCT institution_id) FROM financing_referrals WHERE application_id = $1 AND institution_id <> $2
"""
_WHOSE: Final = "SELECT application_id FROM financing_consents WHERE id = $1"
_GOES_ON: Final = """
SELECT EXISTS (SELECT FROM financing_referrals
               WHERE application_id = $1 AND state NOT IN ('rejected', 'given_up', 'unknown'))
"""
_REFERRAL: Final = "SELECT id FROM financing_referrals WHERE consent_id = $1"


@dataclass(frozen=True, slots=True)
class Signing:
    """What an owner signs: for which matched product, which kinds, the versions of the texts that he read, until when.

    `signed_from` tells address and device, `method` whether a bank's program may read as well as its people.
    """

    version_id: UUID
    kinds: tuple[str, ...]
    text_version: str
    separate_version: str | None
    expires_on: date
    signed_from: str
    method: str = DESK

    def wrong(self, latest: date) -> Iterator[FieldError]:
        unknown = set(self.kinds) - set(kinds.KINDS)
        if unknown or len(set(self.kinds)) < len(self.kinds):
            yield FieldError("kinds", "unknown", f"数据种类只能是：{'、'.join(kinds.KINDS)}，不重复。")
        elif not set(self.kinds) >= kinds.NEEDED:
            needed = "、".join(kinds.KINDS[key].title for key in kinds.KINDS if key in kinds.NEEDED)
            yield FieldError("kinds", "needed", f"{needed}是对接所必需的。")
        if self.method not in kinds.METHODS:
            yield FieldError("method", "unknown", f"查看方式只能是：{'、'.join(kinds.METHODS)}。")
        if not clock.today() <= self.expires_on <= latest:
            yield FieldError("expires_on", "range", f"授权到期日须在今天至 {latest.isoformat()} 之间。")

    @property
    def separate_fields(self) -> list[str]:
        return kinds.fields_of(self.kinds, separate=True)


async def sign(application_id: UUID, signing: Signing, *, actor: Actor) -> Referral:
    """Consent to one bank and send the application on to it, or set it in line where enough banks look already.

    Raises NotManaging, ContentWrong, TextChanged, ApplicationOver, EnterpriseNotActive, NotMatched, ProductOver,
    InstitutionClosed, NotAssessed, ConsentTaken, NoDesk.
    """
    latest = clock.today() + timedelta(days=await values.of("consent_days"))
    checking.refuse(errors.ContentWrong, signing.wrong(latest))
    async with writing.changing(application_id, actor) as found:
        role = await db.fetch_value(_ROLE, actor.id, found.enterprise_id, clock.now())
        if role is None:
            raise NotManaging
        _check_open(found)
        await standing.standing_of(found.enterprise_id)
        bank = await _bank(found, signing.version_id)
        await _make_way(bank["before_id"], actor)
        referral = await _refer(found, signing, bank, await _consent(found, signing, bank, role, actor), actor)
        if found.state is ApplicationState.OPEN:
            event, state = NewEvent(Kind.CONSENTED, referral.id), ApplicationState.CHOSEN
            await writing.write(found, actor, "financing.chosen", event, state=state)
        else:
            await writing.append(found.id, actor, NewEvent(Kind.CONSENTED, referral.id))
        await routing.route(found, actor)
        return await Referral.get(id=referral.id)


def _check_open(found: Application) -> None:
    if found.state not in (ApplicationState.OPEN, ApplicationState.CHOSEN):
        raise errors.ApplicationOver
    if found.expires_at is None or found.expires_at <= clock.now():
        raise errors.ApplicationOver


async def _bank(found: Application, version_id: UUID) -> Record:
    bank = await db.fetch_one(_CHOICE, found.id, version_id, clock.today())
    if bank is None or bank["answer"] == "no":
        raise errors.NotMatched
    if not bank["is_open"]:
        raise errors.InstitutionClosed
    if not bank["is_live"]:
        raise errors.ProductOver
    if not bank["assessed"]:
        raise errors.NotAssessed
    return bank


async def _make_way(before_id: UUID | None, actor: Actor) -> None:
    """Close a consent that has run out, so that the same bank can be given another; raises ConsentTaken."""
    if before_id is None:
        return
    if not await db.fetch_value(_HAS_RUN_OUT, before_id, clock.now()):
        raise errors.ConsentTaken
    await ending.revoke(before_id, actor)


async def _consent(found: Application, signing: Signing, bank: Record, role: str, actor: Actor) -> UUID:
    read, separate = consents.text(TEXT), consents.text(SEPARATE_TEXT) if signing.separate_fields else None
    if signing.text_version != read.version or signing.separate_version != (separate.version if separate else None):
        raise TextChanged
    consent_id, moment = random_id(), clock.now()  # its bank reads it, and is not to know since when it stood in line
    given = (found.id, bank["id"], found.enterprise_id, bank["name"], bank["contact"], PURPOSE)
    data = (
        list(signing.kinds),
        kinds.fields_of(signing.kinds, separate=False),
        signing.separate_fields,
        signing.method,
    )
    texts = (read.version, read.digest, separate and separate.version, separate and separate.digest)
    ends = clock.day_start(signing.expires_on + timedelta(days=1))
    signed = (actor.id, role, moment, signing.signed_from[:300], ends)
    await db.execute(_CONSENT, consent_id, *given, *data, *texts, *signed)
    fields = ("institution_id", "kinds", "fields", "expires_at")
    await audit.record(actor, "financing.consented", table=ending.CONSENTS, row_id=consent_id, fields=fields)
    return consent_id


async def _refer(found: Application, signing: Signing, bank: Record, consent_id: UUID, actor: Actor) -> Referral:
    position = await db.fetch_value(_POSITION, found.id)
    if await db.fetch_value(_OTHERS, found.id, bank["id"]) >= MOST:
        raise errors.ContentWrong(f"一项融资需求至多授权 {MOST} 家机构。")
    if position > MOST_TIMES:
        raise errors.ContentWrong(f"一项融资需求至多授权 {MOST_TIMES} 次，撤回后重新授权的也计算在内。")
    made = await Referral.create(
        id=random_id(),
        number=await public_number(routing.PREFIX),
        application_id=found.id,
        institution_id=bank["id"],
        desk_id=await institutions.desk_for(bank["id"], found.district),
        version_id=signing.version_id,
        consent_id=consent_id,
        state=ReferralState.CONSENTED,
        position=position,
        district=found.district,
        created_at=clock.now(),
    )
    await audit.record(actor, "referrals.made", table=writing.REFERRALS, row_id=made.id)
    return made


async def revoke(consent_id: UUID, reason: str, *, actor: Actor) -> None:
    """Take a consent back at any time, as easily as it was given; again changes nothing.

    From the commit on the bank's next read is refused. Its place goes to the next bank in line. Raises ConsentUnknown.
    """
    async with db.transaction():
        whose: UUID | None = await db.fetch_value(_WHOSE, consent_id)
        if whose is None:
            raise errors.ConsentUnknown
        try:
            found = await writing.locked(whose, actor)
        except errors.ApplicationUnknown:
            raise errors.ConsentUnknown from None
        if not await ending.take_back(consent_id, await db.fetch_value(_REFERRAL, consent_id), reason, actor):
            return
        await routing.route(found, actor)
        await settle(found, actor)


async def settle(found: Application, actor: Actor) -> None:
    """Let the owner name others when none of those he named is left."""
    if found.state is ApplicationState.CHOSEN and not await db.fetch_value(_GOES_ON, found.id):
        event, state = NewEvent(Kind.REOPENED), ApplicationState.OPEN
        await writing.write(found, actor, "financing.reopened", event, state=state)
