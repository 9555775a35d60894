"""Needs of made-up owners at every point of their way, and many of earlier months, so that no screen is empty."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from backend.access import Actor, ActorKind
from backend.financing.banks import listing
from backend.financing.banks.listing import Indication
from backend.financing.referrals import overdue
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from operations import demo_past
from operations.demo_asking import Cast, Need

_ARE_THERE: Final = "SELECT EXISTS (SELECT FROM financing_applications)"
# Small shops all over the city whom nobody has bound; the tour's own are left alone.
_SHOPS: Final = """
SELECT e.id FROM enterprises e
WHERE e.is_small_or_micro AND e.status = 'active' AND e.name NOT LIKE '%虚构%'
  AND NOT EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = e.id)
ORDER BY md5(e.uscc) LIMIT $1
"""


async def seed_needs(partners: Sequence[Actor], mediator: Actor) -> None:
    """Play every scene once; where needs are there already, or too few shops, nothing is made up."""
    if await db.fetch_value(_ARE_THERE):
        return
    shops = [row["id"] for row in await db.fetch(_SHOPS, _OWNERS + demo_past.OWNERS + demo_past.COPIES)]
    if len(shops) < _OWNERS + demo_past.OWNERS:
        return
    async with db.transaction():
        banks = [replace(one, kind=ActorKind.PARTNER) for one in partners]
        cast = Cast(banks, mediator, shops[_OWNERS:])
        await demo_past.play(cast)  # before the others, for lists show what was made last first
        cast.shops = shops[:_OWNERS]
        for scene in _SCENES:
            await scene(cast)


async def _listed(cast: Cast) -> None:
    """Two needs that banks know without a name; both are interested in the larger one."""
    await Need.begun(cast, amount_wan=Decimal(8), purpose="rent")
    need = await Need.begun(cast, amount_wan=Decimal(120), months=24, purpose="equipment")
    for bank, low in zip(cast.banks, ("3.4", "3.6"), strict=False):
        terms = Indication(Decimal(100), 24, Decimal(low), Decimal("4.5"), "equal_instalment")
        await listing.signal(need.made.listing_id, terms, actor=bank)


async def _waiting(cast: Cast) -> None:
    """One bank is to accept, the other is at work."""
    need = await Need.begun(cast, amount_wan=Decimal(30))
    await need.sign(0, 1)
    await need.accept(1)
    await need.look_closer(1)


async def _to_compare(cast: Cast) -> None:
    """Three offers: one floats without fees, one is fixed and wants a guarantee, one is paid back month by month."""
    need = await Need.begun(cast)
    await need.sign(0, 1, 2)
    fee = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "0.8", "when": "yearly"}
    floating: dict[str, Any] = {"lpr_tenor": "one_year", "bp": 85}
    guaranteed: dict[str, Any] = {"rate_percent": Decimal("3.45"), "fees": (fee,), "collateral": "guarantee"}
    monthly: dict[str, Any] = {"rate_percent": Decimal("4.2"), "repayment": "equal_instalment"}
    for bank, terms in enumerate((floating, guaranteed, monthly)):
        await need.accept(bank)
        await need.offer(bank, **terms)


async def _looked_at_again(cast: Cast) -> None:
    """A refusal that its owner does not leave at that, and in which the bureau is in touch."""
    need = await Need.begun(cast, amount_wan=Decimal(80), collateral=("credit", "patent_pledge"))
    await need.sign(0)
    await need.accept(0)
    await need.refuse(0, "collateral_short")
    await need.sign(1)
    await need.ask_again(0, "已办理专利权质押登记，请再看一次")


async def _late(cast: Cast) -> None:
    """A bank that let its time pass: the bureau was told."""
    with clock.use(Frozen(clock.now() - timedelta(days=8))):
        need = await Need.begun(cast)
        await need.sign(0)
    await overdue.sweep()


async def _pledged(cast: Cast) -> None:
    """A loan against a patent, drawn this year and due in fifty days."""
    with clock.use(Frozen(clock.now() - timedelta(days=315))):
        need = await Need.begun(cast, amount_wan=Decimal(200), collateral=("patent_pledge",))
        await need.sign(0)
        await need.accept(0)
        await need.offer(0, rate_percent=Decimal("3.4"))
        await need.draw(0)


async def _to_confirm(cast: Cast) -> None:
    """A bank says that it paid out: one owner has yet to say so too, another says that it did not."""
    for words in ("", "钱还没有到账，合同也没有签"):
        need = await Need.begun(cast, amount_wan=Decimal(40), purpose="wages")
        await need.sign(1)
        await need.accept(1)
        await need.offer(1, rate_percent=Decimal("3.7"))
        await need.note_drawing(1)
        if words:
            await need.contest(1, words)


async def _taken_back(cast: Cast) -> None:
    need = await Need.begun(cast)
    await need.withdraw("资金问题已解决")


_SCENES: Final[tuple[Callable[[Cast], Awaitable[None]], ...]] = (
    _pledged, _late, _listed, _waiting, _to_compare, _looked_at_again, _to_confirm, _taken_back, _listed,
)  # fmt: skip
_OWNERS: Final = len(_SCENES) + 3
"""As many as ask: some scenes take two."""
