"""Needs of made-up owners at every point of their way, and some that ended last month, so that no screen is empty."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from backend import consents, runtime
from backend.access import Actor, ActorKind
from backend.financing import applying
from backend.financing.applying import Asked, Standard
from backend.financing.banks import listing
from backend.financing.banks.listing import Indication
from backend.financing.codes import STANDARDS
from backend.financing.consent import consenting, reading
from backend.financing.consent.consenting import SEPARATE_TEXT, TEXT, Signing
from backend.financing.models import Application, Referral
from backend.financing.referrals import overdue, referring, second_look
from backend.financing.referrals.offers import Offer
from backend.financing.referrals.referring import Drawing, Refusal
from backend.foundation import clock, db
from backend.foundation.ids import new_id

_ARE_THERE: Final = "SELECT EXISTS (SELECT FROM financing_applications)"
# Small shops of the crowd whom nobody has bound; the tour's own are left alone.
_SHOPS: Final = """
SELECT e.id FROM enterprises e
WHERE e.is_small_or_micro AND e.status = 'active' AND e.name NOT LIKE '%虚构%'
  AND NOT EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = e.id)
ORDER BY e.uscc LIMIT $1
"""
_PERSON: Final = """
INSERT INTO persons (id, phone_sealed, phone_index, phone_verified_at, created_at) VALUES ($1, $2, $3, $4, $4)
"""
_BINDING: Final = """
INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
VALUES ($1, $2, $3, 'representative', 'active', 'counter', $4)
"""
_PRODUCT: Final = """
SELECT m.version_id FROM financing_matches m JOIN financing_institutions i ON i.id = m.institution_id
JOIN financing_desk_people p ON p.staff_id = $2 AND p.ended_at IS NULL
JOIN financing_desks d ON d.id = p.desk_id AND d.institution_id = i.id
WHERE m.application_id = $1 AND m.answer <> 'no' ORDER BY m.position LIMIT 1
"""
_LATE: Final = "UPDATE financing_referrals SET accept_by = $2 WHERE id = $1"
# As if all of it had been so many days ago: the demo has no past of its own to count.
_AGO: Final = (
    """
    UPDATE financing_applications SET created_at = created_at - $2::interval,
        submitted_at = submitted_at - $2::interval, expires_at = expires_at - $2::interval,
        ended_at = ended_at - $2::interval
    WHERE id = $1
    """,
    """
    UPDATE financing_referrals SET created_at = created_at - $2::interval, routed_at = routed_at - $2::interval,
        accept_by = accept_by - $2::interval, accepted_at = routed_at - $2::interval + interval '5 hours',
        decide_by = decide_by - $2::interval, decided_at = routed_at - $2::interval + interval '4 days',
        draw_by = draw_by - $2::interval, ended_at = ended_at - $2::interval,
        drawn_on = (drawn_on - $2::interval)::date, due_on = (due_on - $2::interval)::date
    WHERE application_id = $1 AND decided_at IS NOT NULL
    """,
    """
    UPDATE financing_referrals SET created_at = created_at - $2::interval, routed_at = routed_at - $2::interval,
        accept_by = accept_by - $2::interval, ended_at = ended_at - $2::interval
    WHERE application_id = $1 AND decided_at IS NULL
    """,
    "UPDATE financing_events SET at = at - $2::interval WHERE application_id = $1",
)
_REFUSALS: Final = (
    Refusal("collateral_short", "可处置的抵质押物不足", "增加担保或以知识产权质押后可再提出"),
    Refusal("papers_missing", "近六个月流水不完整", "补齐流水后可再提出"),
    Refusal("too_young", "成立未满一年", "满一年后可再提出"),
)
_KINDS: Final = ("need", "registration", "scale", "contact")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: the two banks' people, who mediates, and shops whose owners ask, each once."""

    first: Actor
    second: Actor
    mediator: Actor
    owners: list[Actor]

    def next_owner(self) -> Actor:
        return self.owners.pop()


async def seed_needs(partners: Sequence[Actor], mediator: Actor) -> None:
    """Play every scene once; where needs are there already, or too few shops, nothing is made up."""
    if await db.fetch_value(_ARE_THERE):
        return
    shops = [row["id"] for row in await db.fetch(_SHOPS, _OWNERS)]
    if len(shops) < _OWNERS:
        return
    async with db.transaction():
        first, second = (replace(one, kind=ActorKind.PARTNER) for one in partners)
        cast = Cast(first, second, mediator, [await _owner(place, nth) for nth, place in enumerate(shops)])
        for scene in _SCENES:
            await scene(cast)
        for nth in range(_PAST):
            await _past(cast, nth)


async def _owner(place: UUID, nth: int) -> Actor:
    """An owner who was entered at the counter; his number is nobody's."""
    person, moment, vault = new_id(), clock.now(), runtime.current().vault
    phone = f"1000001{nth:04d}"
    sealed = vault.encrypt(phone, table="persons", column="phone_sealed", row=person)
    await db.execute(_PERSON, person, sealed, vault.blind_index(phone, column="phone"), moment)
    await db.execute(_BINDING, new_id(), person, place, moment)
    return Actor(ActorKind.OWNER, person, "演示经营者", enterprise_id=place)


async def _opened(owner: Actor, **given: Any) -> Application:
    standards = {key: Standard(True, "演示：见登记信息") for key in STANDARDS}
    asked = {"amount_wan": Decimal(50), "months": 12, "purpose": "materials", "collateral": ("credit",)}
    made = await applying.draft(Asked(**{**asked, "standards": standards, **given}), actor=owner)
    return await applying.submit(made.id, actor=owner, version=made.version)


async def _sent(owner: Actor, need: Application, bank: Actor) -> Referral:
    """He signs for what a bank needs to get in touch, for two months."""
    version: UUID = await db.fetch_value(_PRODUCT, need.id, bank.id)
    texts = (consents.text(TEXT).version, consents.text(SEPARATE_TEXT).version)
    until = clock.today() + timedelta(days=60)
    return await consenting.sign(need.id, Signing(version, _KINDS, *texts, until, "演示"), actor=owner)


async def _accepted(referral: Referral, bank: Actor) -> Referral:
    await reading.read(referral.id, actor=bank, read_from="演示")
    return await referring.accept(referral.id, actor=bank, version=referral.version)


async def _refused(referral: Referral, bank: Actor, nth: int = 0) -> Referral:
    taken = await _accepted(referral, bank)
    return await referring.refuse(taken.id, _REFUSALS[nth % len(_REFUSALS)], actor=bank, version=taken.version)


async def _offered(referral: Referral, bank: Actor, **terms: Any) -> Referral:
    taken = await _accepted(referral, bank)
    return await referring.offer(taken.id, _offer(**terms), actor=bank, version=taken.version)


def _offer(**terms: Any) -> Offer:
    told = {"amount_wan": Decimal(50), "months": 12, "repayment": "interest_first", "collateral": "credit"}
    return Offer(**{**told, "valid_until": clock.today() + timedelta(days=20), **terms})


async def _drawn(referral: Referral, bank: Actor, amount: Decimal = Decimal(50)) -> None:
    drawing = Drawing(clock.today(), amount, clock.today() + timedelta(days=365))
    await referring.draw(referral.id, drawing, actor=bank, version=referral.version)


async def _listed(cast: Cast) -> None:
    """Two needs that banks know without a name; both are interested in the larger one."""
    await _opened(cast.next_owner(), amount_wan=Decimal(8), purpose="rent")
    need = await _opened(cast.next_owner(), amount_wan=Decimal(120), months=24, purpose="equipment")
    for bank, low in ((cast.first, "3.4"), (cast.second, "3.6")):
        terms = Indication(Decimal(100), 24, Decimal(low), Decimal("4.5"), "equal_instalment")
        await listing.signal(need.listing_id, terms, actor=bank)


async def _waiting(cast: Cast) -> None:
    """One bank is to accept, the other is at work."""
    owner = cast.next_owner()
    need = await _opened(owner, amount_wan=Decimal(30))
    await _sent(owner, need, cast.first)
    other = await _accepted(await _sent(owner, need, cast.second), cast.second)
    other = await referring.contact(other.id, actor=cast.second, version=other.version)
    await referring.investigate(other.id, actor=cast.second, version=other.version)


async def _to_compare(cast: Cast) -> None:
    """Two offers: the one floats without fees, the other is fixed and wants a guarantee."""
    owner = cast.next_owner()
    need = await _opened(owner)
    await _offered(await _sent(owner, need, cast.first), cast.first, lpr_tenor="one_year", bp=85)
    fee = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "0.8", "when": "yearly"}
    terms: dict[str, Any] = {"rate_percent": Decimal("3.45"), "fees": (fee,), "collateral": "guarantee"}
    await _offered(await _sent(owner, need, cast.second), cast.second, **terms)


async def _looked_at_again(cast: Cast) -> None:
    """A refusal that its owner does not leave at that, and in which the bureau is in touch."""
    owner = cast.next_owner()
    need = await _opened(owner, amount_wan=Decimal(80), collateral=("credit", "patent_pledge"))
    refused = await _refused(await _sent(owner, need, cast.first), cast.first)
    await _sent(owner, need, cast.second)
    asked = await second_look.ask(refused.id, "已办理专利权质押登记，请再看一次", actor=owner)
    await second_look.contact(asked.id, actor=cast.mediator, version=asked.version)


async def _late(cast: Cast) -> None:
    """A bank that let its time pass: the bureau was told."""
    owner = cast.next_owner()
    sent = await _sent(owner, await _opened(owner), cast.first)
    await db.execute(_LATE, sent.id, clock.now() - timedelta(minutes=1))
    await overdue.sweep()


async def _pledged(cast: Cast) -> None:
    """A loan against a patent, drawn this year and due in fifty days."""
    owner = cast.next_owner()
    need = await _opened(owner, amount_wan=Decimal(200), collateral=("patent_pledge",))
    terms: dict[str, Any] = {"amount_wan": Decimal(200), "rate_percent": Decimal("3.4"), "collateral": "patent_pledge"}
    offered = await _offered(await _sent(owner, need, cast.first), cast.first, **terms)
    await _drawn(offered, cast.first, Decimal(200))
    await _ago(need, 315)


async def _taken_back(cast: Cast) -> None:
    owner = cast.next_owner()
    need = await _opened(owner)
    await applying.withdraw(need.id, "资金问题已解决", actor=owner)


async def _past(cast: Cast, nth: int) -> None:
    """One need of some weeks ago at both banks, refused, given up or drawn in turn."""
    owner = cast.next_owner()
    need = await _opened(owner)
    first, second = [await _sent(owner, need, bank) for bank in (cast.first, cast.second)]
    if nth % 2:
        await _refused(first, cast.first, nth)
    else:
        await consenting.revoke(first.consent_id, "已选其他银行", actor=owner)
    if nth % 3:
        await _drawn(await _offered(second, cast.second, rate_percent=Decimal("3.6")), cast.second)
    else:
        await _refused(second, cast.second, nth + 1)
        await applying.withdraw(need.id, "暂不需要", actor=owner)
    await _ago(need, 40)


async def _ago(need: Application, days: int) -> None:
    for statement in _AGO:
        await db.execute(statement, need.id, timedelta(days=days))


_SCENES: Final[tuple[Callable[[Cast], Awaitable[None]], ...]] = (
    _listed, _waiting, _to_compare, _looked_at_again, _late, _pledged, _taken_back, _listed,
)  # fmt: skip
_PAST: Final = 12
_OWNERS: Final = len(_SCENES) + 2 + _PAST
"""As many as ask: those who are listed come in pairs."""
