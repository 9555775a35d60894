"""The composition root: opens the runtime and hands the lower floors what they must call upwards.

A lower floor never imports a higher one. What it must call there (an outbox topic's handler, a person's export) is a
line in one of the tables below. Whoever adds a capability adds its lines here; `check` refuses to start a process in
which a declared topic has no handler.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from backend import alerts, audit, cases, files, identity, moderation, outbox, worktime
from backend.access import SYSTEM, Actor, ActorKind
from backend.cases import citing as cases_citing
from backend.cases import moving
from backend.cases import personal as cases_personal
from backend.cases.assignment import assigning, releasing
from backend.cases.deadlines import recalculating
from backend.cases.lists import leaving as problems_leaving
from backend.cases.lists import overdue
from backend.consents import personal as consents_personal
from backend.enterprises import personal as enterprises_personal
from backend.enterprises import settling, staging
from backend.files import personal as files_personal
from backend.financing import ceasing as financing_ceasing
from backend.financing import personal as financing_personal
from backend.financing.banks import institutions as financing_institutions
from backend.financing.banks import webhooks as financing_webhooks
from backend.financing.visibility import NAME as FINANCING
from backend.foundation.db import transaction
from backend.foundation.errors import Forbidden
from backend.foundation.personal import Datum, PersonalData
from backend.foundation.settings import Settings
from backend.moderation import personal as moderation_personal
from backend.notifications import held_notices, privacy, staff_phones
from backend.notifications import personal as notifications_personal
from backend.notifications.broadcasts import Origins
from backend.notifications.broadcasts import telling as broadcasts_telling
from backend.outbox import Handler, NewItem, OutboxItem, Outside
from backend.policies import expecting
from backend.policies import personal as policies_personal
from backend.policies import service as policies
from backend.policies.editing import attachments
from backend.policies.editing import citing as policies_citing
from backend.policies.telling import broadcasting, differences, digests, spreading, welcoming
from backend.questions import asking, concerning, following
from backend.questions import personal as questions_personal
from backend.questions import queries as questions_queries
from backend.questions.knowledge import cited, citing, outdating
from backend.questions.surveys import expecting as surveys_expecting
from backend.questions.surveys import inviting as surveys_inviting
from backend.questions.surveys import needs as surveys_needs
from backend.questions.surveys import reminding as surveys_reminding
from backend.questions.surveys import service as surveys
from backend.runtime import Runtime, open_runtime
from backend.salons import attached as salons_attached
from backend.salons import board as salons_board
from backend.salons import expecting as salons_expecting
from backend.salons import inviting as salons_inviting
from backend.salons import personal as salons_personal
from backend.salons import telling as salons_telling
from backend.salons import visibility as salons_visibility
from backend.salons.seats import ceasing as salons_ceasing
from backend.staff import absences, accounts
from backend.staff import personal as staff_personal
from backend.visits import expecting as visits_expecting
from backend.visits import personal as visits_personal
from backend.visits.afterwards import arriving as visits_arriving
from backend.visits.afterwards import promising as visits_promising
from backend.visits.bookings import ceasing as visits_ceasing
from backend.visits.bookings import leaving as visits_leaving
from backend.visits.bookings import merging as visits_merging
from backend.visits.campaigns import expecting as campaigns_expecting
from backend.visits.campaigns import proposing as campaigns_proposing
from backend.visits.campaigns import releasing as campaigns_releasing
from backend.visits.contacts import counting as visits_counting
from backend.visits.contacts import listing as contacts_listing
from backend.visits.contacts import objecting as contacts_objecting
from backend.visits.visibility import NAME as VISITS


async def _enterprises_closed(items: Sequence[OutboxItem]) -> None:
    closed = [UUID(item.payload["enterprise_id"]) for item in items]
    await identity.enterprises_closed(closed)
    await salons_ceasing.enterprises_closed(closed)
    await visits_ceasing.enterprises_closed(closed)
    await financing_ceasing.enterprises_closed(closed)


async def _staff_left(items: Sequence[OutboxItem]) -> None:
    """End a leaver's phone, and give his open cases to others."""
    await staff_phones.staff_left(items)
    await releasing.staff_left(items)
    await problems_leaving.staff_left(items)
    await visits_leaving.staff_left(items)
    await financing_institutions.staff_left([UUID(item.payload["staff_id"]) for item in items])


async def _staff_absent(items: Sequence[OutboxItem]) -> None:
    await releasing.staff_absent(items)
    await visits_leaving.absences_begun(items)


async def _erase_persons(items: Sequence[OutboxItem]) -> None:
    for item in items:
        await erase_person(UUID(item.payload["person_id"]), cause=item.payload["cause"])


async def _forget_data(items: Sequence[OutboxItem]) -> None:
    for item in items:
        told = item.payload
        data = [Datum(name) for name in told["data"]]
        await forget_data(UUID(told["person_id"]), data, cause=told["cause"], named=told["named"])


async def _live_changed(items: Sequence[OutboxItem]) -> None:
    """Bring the answers up to a change of the rules, and note the versions that ended for whoever cites them."""
    await spreading.renew_answers(items)
    ended = [item.payload for item in items if item.payload.get("ended")]
    if ended:
        told = [NewItem(outdating.ENDED, {"version_ids": payload["ended"]}) for payload in ended]
        await outbox.put_many(told)


async def _sources_ended(items: Sequence[OutboxItem]) -> None:
    ids = [UUID(one) for item in items for one in item.payload["version_ids"]]
    await outdating.note(citing.POLICIES, await policies_citing.ended(ids))


async def recheck_citations() -> int:
    """List what rests on a version that had ended by the time it was cited; returns how many lines are new."""
    async with transaction():
        ids = await outdating.lately_cited(citing.POLICIES)
        return await outdating.note(citing.POLICIES, await policies_citing.ended(ids))


# The modules whose things can be broadcast, by the name under which a broadcast knows them.
BROADCAST_ORIGINS: Final[Origins] = {
    broadcasting.NAME: broadcasting.ORIGIN,
    welcoming.NAME: welcoming.ORIGIN,
    surveys_inviting.NAME: surveys_inviting.ORIGIN,
    salons_visibility.NAME: salons_inviting.ORIGIN,
}

# The modules whose things become cases: those that staff register at the counter are cases and nothing more.
CASE_ORIGINS: Final[cases.Origins] = {
    "cases": cases.Origin("登记事项", cases.unheard),
    surveys_needs.NAME: cases.Origin("需求调查", cases.unheard),
    questions_queries.NAME: cases.Origin("提问", cases.unheard),
    salons_visibility.NAME: cases.Origin("沙龙提问", cases.unheard),
    contacts_objecting.NAME: cases.Origin("入企记录异议", cases.unheard),
    VISITS: cases.Origin("走访", visits_promising.heard),
    FINANCING: cases.Origin("融资二次对接", cases.unheard),
}

# The modules whose words and pictures are checked before others see them; each takes what its own came to.
CHECKED_ORIGINS: Final[Mapping[str, moderation.OnMoved]] = {
    questions_queries.NAME: asking.checked,
    salons_visibility.NAME: salons_board.checked,
}

# Who has to keep out of that check, for what the module knows of its own; the submitter himself always has to.
CHECK_CONCERNS: Final[Mapping[str, moderation.Concerns]] = {questions_queries.NAME: concerning.concerns}

# The modules whose versions articles may rest on, by the name under which they are cited.
CITABLES: Final[citing.Citables] = {citing.POLICIES: policies_citing.references}


async def _policies_cited(versions: Sequence[UUID]) -> Mapping[UUID, UUID]:
    return {found: told.thing_id for found, told in (await policies_citing.references(versions)).items()}


# What answers to cases may rest on besides laws.
CASE_CITABLES: Final[cases_citing.Citables] = {citing.POLICIES: _policies_cited, cited.NAME: cited.released}

# Who tells, by a file's purpose, whether readers may still open it.
SHOWN_FILES: Final[Mapping[str, files.IsShown]] = {attachments.PURPOSE: attachments.is_shown, **salons_attached.SHOWN}

# Every topic that some capability puts: each keeps a constant TOPICS, listed here as (*capability.TOPICS, …).
TOPICS: Final[tuple[str, ...]] = (
    *alerts.TOPICS,
    *worktime.TOPICS,
    settling.CLOSED_TOPIC,
    staging.CONTACT_TOPIC,
    privacy.ERASE_TOPIC,
    privacy.FORGET_TOPIC,
    accounts.LEFT_TOPIC,
    absences.BEGUN,
    *broadcasts_telling.TOPICS,
    *moderation.TOPICS,
    *moving.TOPICS,
    *assigning.TOPICS,
    *following.TOPICS,
    *recalculating.TOPICS,
    *surveys.TOPICS,
    *policies.TOPICS,
    *spreading.TOPICS,
    *differences.TOPICS,
    *digests.TOPICS,
    *outdating.TOPICS,
    *financing_webhooks.TOPICS,
    *salons_telling.TOPICS,
    *salons_inviting.TOPICS,
    *visits_merging.TOPICS,
    *visits_leaving.TOPICS,
    *contacts_listing.TOPICS,
    *campaigns_releasing.TOPICS,
    *visits_arriving.TOPICS,
)

# What rests on the working calendar, and is computed again when it changes.
ON_WORKTIME_CHANGE: Final[tuple[worktime.OnChange, ...]] = (recalculating.calendar_changed, overdue.calendar_changed)

# Who counts visits that took place: each hears of every party of each visit.
ON_VISIT_ATTENDED: Final[tuple[visits_arriving.OnAttended, ...]] = (visits_counting.attended,)

# Topic → async function of a list of items. A plain function runs in one transaction with the removal of its items
# and may touch the database only; `Outside(function)` runs without a transaction and may call the outside (twice).
OUTBOX_HANDLERS: Final[Mapping[str, Handler | Outside]] = {
    **alerts.HANDLERS,
    **worktime.handlers(ON_WORKTIME_CHANGE),
    settling.CLOSED_TOPIC: _enterprises_closed,
    staging.CONTACT_TOPIC: identity.contacts_changed,
    privacy.ERASE_TOPIC: _erase_persons,
    privacy.FORGET_TOPIC: _forget_data,
    accounts.LEFT_TOPIC: _staff_left,
    absences.BEGUN: _staff_absent,
    **broadcasts_telling.handlers(BROADCAST_ORIGINS),
    **moderation.handlers(CHECKED_ORIGINS, held_notices.moved),
    **moving.handlers(CASE_ORIGINS),
    **assigning.HANDLERS,
    **following.HANDLERS,
    **recalculating.HANDLERS,
    **surveys_reminding.HANDLERS,
    **spreading.HANDLERS,
    policies.LIVE_CHANGED: _live_changed,
    outdating.ENDED: _sources_ended,
    **differences.HANDLERS,
    **digests.HANDLERS,
    **salons_telling.HANDLERS,
    **salons_inviting.HANDLERS,
    **visits_merging.HANDLERS,
    **visits_leaving.HANDLERS,
    **contacts_listing.HANDLERS,
    **campaigns_proposing.HANDLERS,
    **visits_arriving.handlers(ON_VISIT_ATTENDED),
    **financing_webhooks.HANDLERS,
}

# The personal data of every module, lower floors first: the processing record, export and erasure walk through it.
PERSONAL: Final[tuple[PersonalData, ...]] = (
    files_personal.PERSONAL,
    consents_personal.PERSONAL,
    enterprises_personal.PERSONAL,
    staff_personal.PERSONAL,
    moderation_personal.PERSONAL,
    notifications_personal.PERSONAL,
    identity.PERSONAL,
    cases_personal.PERSONAL,
    questions_personal.PERSONAL,
    policies_personal.PERSONAL,
    visits_personal.PERSONAL,
    financing_personal.PERSONAL,
    salons_personal.PERSONAL,
)


# How many messages of each kind may come to a person soon, by every capability that sends some.
EXPECTATIONS: Final[tuple[Callable[[UUID], Awaitable[Mapping[str, int]]], ...]] = (
    identity.expected,
    expecting.expected,
    surveys_expecting.expected,
    campaigns_expecting.expected,
    following.expected,
    visits_expecting.expected,
    salons_expecting.expected,
)


class Incomplete(RuntimeError):
    """A declared topic has no handler, or a handler waits for a topic that nobody declares."""


def check(topics: tuple[str, ...] = TOPICS, handlers: Mapping[str, Handler | Outside] = OUTBOX_HANDLERS) -> None:
    """Raise Incomplete naming what is missing on either side."""
    lonely = sorted(set(topics) ^ set(handlers))
    if lonely:
        raise Incomplete(f"declared and handled topics differ: {', '.join(lonely)}")


async def export_person(person_id: UUID) -> dict[str, Any]:
    """Return a copy of everything that any module holds about a person, by module."""
    return {module.module: await module.export(person_id) for module in PERSONAL}


async def hand_out(actor: Actor) -> dict[str, Any]:
    """Return an owner's copy of his own data, noted in the trail (个人信息保护法 art. 45)."""
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden
    async with transaction():
        await audit.record(actor, "persons.exported", table="persons", row_id=actor.id)
        return await export_person(actor.id)


async def leave(actor: Actor) -> None:
    """Close an owner's account on his own word (个人信息保护法 art. 47); nothing that is open holds him back.

    His bindings end, his open claims are withdrawn, his devices are signed out; what was done for an enterprise stays
    with the enterprise, which somebody else can claim.
    """
    if actor.kind is not ActorKind.OWNER or actor.id is None:
        raise Forbidden
    await erase_person(actor.id, cause="own_wish", actor=actor)


async def erase_person(person_id: UUID, *, cause: str, actor: Actor = SYSTEM) -> int:
    """Erase a person in every module, the higher ones first, or not at all; returns how many rows it touched.

    May be repeated. `cause` says why in the trail: his own wish, or WeChat's word that he closed his account.
    """
    async with transaction():
        rows = {module.module: await module.erase(person_id) for module in reversed(PERSONAL)}
        await _write_receipt(actor, "persons.erased", person_id, rows, cause=cause)
    return sum(rows.values())


async def forget_data(person_id: UUID, data: Sequence[Datum], *, cause: str, named: str) -> int:
    """Forget what a person took back, in every module that holds it or in none; returns how many rows it touched.

    `named` is what he took back in the words of whoever tells it; what nobody here holds leaves a receipt as well.
    """
    async with transaction():
        able = [(module.module, module.forget) for module in reversed(PERSONAL) if module.forget is not None]
        rows = {name: sum([await forget(person_id, datum) for datum in data]) for name, forget in able}
        await _write_receipt(SYSTEM, "persons.datum_forgotten", person_id, rows, cause=cause, data=data, named=named)
    return sum(rows.values())


async def _write_receipt(actor: Actor, action: str, person_id: UUID, rows: Mapping[str, int], **told: Any) -> None:
    """Prove an erasure: every module that was asked, what it touched, when and why (个人信息保护法 art. 47)."""
    detail = {**told, "rows": sum(rows.values()), "modules": dict(rows)}
    await audit.record(actor, action, table="persons", row_id=person_id, detail=detail)


async def expected_messages(person_id: UUID) -> Mapping[str, int]:
    """Return how many messages of each kind may come to a person soon, over all capabilities."""
    coming: Counter[str] = Counter()
    for expected in EXPECTATIONS:
        coming.update(await expected(person_id))
    return coming


@asynccontextmanager
async def assemble(settings: Settings, *, application: str = "wuwei") -> AsyncIterator[Runtime]:
    """Open everything a process needs; both doors, the command line and the journeys begin here."""
    check()
    async with open_runtime(settings, application=application) as runtime:
        yield runtime
