"""Made-up owners and what they and the banks do, one act a call: what the demo's needs are played with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

from backend import consents, runtime
from backend.access import Actor, ActorKind
from backend.financing import applying
from backend.financing.applying import Asked, Standard
from backend.financing.codes import STANDARDS
from backend.financing.consent import consenting, reading
from backend.financing.consent.consenting import SEPARATE_TEXT, TEXT, Signing
from backend.financing.models import Application, Referral
from backend.financing.referrals import drawing, referring, second_look
from backend.financing.referrals.drawing import Drawing
from backend.financing.referrals.offers import Offer
from backend.financing.referrals.referring import Refusal
from backend.financing.referrals.second_look import Answer
from backend.foundation import clock, db
from backend.foundation.clock import Frozen
from backend.foundation.ids import new_id

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
_KINDS: Final = ("need", "registration", "scale", "contact")
_REFUSALS: Final = {
    "collateral_short": ("可处置的抵质押物不足", "增加担保或以知识产权质押后可再提出"),
    "papers_missing": ("近六个月流水不完整", "补齐流水后可再提出"),
    "too_young": ("成立未满一年", "满一年后可再提出"),
    "too_indebted": ("现有贷款和月收入不相称", "结清一笔后可再提出"),
    "product_unfit": ("本产品只用于周转，不用于购置设备", "可改申请设备贷"),
}


@dataclass(slots=True)
class Cast:
    """Who plays: the banks' people, who mediates, and shops whose owners ask, each once."""

    banks: Sequence[Actor]
    mediator: Actor
    shops: list[UUID]
    _asked: int = 0

    async def owner(self) -> Actor:
        """An owner who was entered at the counter; his number is nobody's."""
        place, person, moment, vault = self.shops.pop(), new_id(), clock.now(), runtime.current().vault
        phone, self._asked = f"1000001{self._asked:04d}", self._asked + 1
        sealed = vault.encrypt(phone, table="persons", column="phone_sealed", row=person)
        await db.execute(_PERSON, person, sealed, vault.blind_index(phone, column="phone"), moment)
        await db.execute(_BINDING, new_id(), person, place, moment)
        return Actor(ActorKind.OWNER, person, "演示经营者", enterprise_id=place)


@dataclass(slots=True)
class Need:
    """One need on its way; banks are told by their number in the cast.

    Where it has a clock of its own, each act happens `after` so many hours.
    """

    cast: Cast
    owner: Actor
    made: Application
    at: Frozen | None = None
    sent: dict[int, Referral] = field(default_factory=dict)

    @classmethod
    async def begun(cls, cast: Cast, at: Frozen | None = None, **asked: Any) -> Self:
        """Somebody asks for a loan, openly."""
        standards = {key: Standard(True, "演示：见登记信息") for key in STANDARDS}
        usual = {"amount_wan": Decimal(50), "months": 12, "purpose": "materials", "collateral": ("credit",)}
        owner = await cast.owner()
        made = await applying.draft(Asked(**{**usual, "standards": standards, **asked}), actor=owner)
        return cls(cast, owner, await applying.submit(made.id, actor=owner, version=made.version), at)

    def _later(self, hours: float) -> None:
        if self.at is not None:
            self.at.advance(timedelta(hours=hours))

    async def sign(self, *banks: int, after: float = 0.25) -> None:
        """He signs for what each bank needs to get in touch, for two months."""
        self._later(after)
        texts = (consents.text(TEXT).version, consents.text(SEPARATE_TEXT).version)
        until = clock.today() + timedelta(days=60)
        for bank in banks:
            version: UUID = await db.fetch_value(_PRODUCT, self.made.id, self.cast.banks[bank].id)
            signing = Signing(version, _KINDS, *texts, until, "演示")
            self.sent[bank] = await consenting.sign(self.made.id, signing, actor=self.owner)

    async def accept(self, bank: int, after: float = 4) -> None:
        """A bank reads what it was consented to, and takes it."""
        self._later(after)
        actor, sent = self.cast.banks[bank], self.sent[bank]
        await reading.read(sent.id, actor=actor, read_from="演示")
        self.sent[bank] = await referring.accept(sent.id, actor=actor, version=sent.version)

    async def look_closer(self, bank: int, after: float = 24) -> None:
        self._later(after)
        actor, sent = self.cast.banks[bank], self.sent[bank]
        sent = await referring.contact(sent.id, actor=actor, version=sent.version)
        self.sent[bank] = await referring.investigate(sent.id, actor=actor, version=sent.version)

    async def refuse(self, bank: int, code: str, after: float = 48) -> None:
        self._later(after)
        sent, refusal = self.sent[bank], Refusal(code, *_REFUSALS[code])
        actor = self.cast.banks[bank]
        self.sent[bank] = await referring.refuse(sent.id, refusal, actor=actor, version=sent.version)

    async def offer(self, bank: int, after: float = 72, **terms: Any) -> None:
        self._later(after)
        actor, sent = self.cast.banks[bank], self.sent[bank]
        self.sent[bank] = await referring.offer(sent.id, self._offered(terms), actor=actor, version=sent.version)

    def _offered(self, terms: dict[str, Any]) -> Offer:
        asked = self.made
        usual = {"amount_wan": asked.amount_wan, "months": asked.months, "collateral": asked.collateral[0]}
        usual |= {"repayment": "interest_first", "valid_until": clock.today() + timedelta(days=20)}
        return Offer(**{**usual, **terms})

    async def note_drawing(self, bank: int, after: float = 72) -> None:
        """The whole of what was asked for is paid out, for a year; so says the bank."""
        self._later(after)
        actor, sent = self.cast.banks[bank], self.sent[bank]
        noted = Drawing(clock.today(), self.made.amount_wan, clock.today() + timedelta(days=365))
        self.sent[bank] = await drawing.note(sent.id, noted, actor=actor, version=sent.version)

    async def draw(self, bank: int, after: float = 72) -> None:
        """The same, and its owner confirms it on the next day."""
        await self.note_drawing(bank, after)
        self._later(20)
        sent = self.sent[bank]
        self.sent[bank] = await drawing.confirm(sent.id, actor=self.owner, version=sent.version)

    async def contest(self, bank: int, words: str) -> None:
        sent = self.sent[bank]
        self.sent[bank] = await drawing.contest(sent.id, words, actor=self.owner, version=sent.version)

    async def note_given_up(self, bank: int, words: str, after: float = 48) -> None:
        self._later(after)
        actor, sent = self.cast.banks[bank], self.sent[bank]
        self.sent[bank] = await referring.give_up(sent.id, words, actor=actor, version=sent.version)

    async def take_back(self, bank: int, reason: str, after: float = 24) -> None:
        self._later(after)
        await consenting.revoke(self.sent[bank].consent_id, reason, actor=self.owner)

    async def ask_again(self, bank: int, words: str, after: float = 24) -> None:
        """He does not leave it at a refusal, and somebody of the bureau is in touch a few hours later."""
        self._later(after)
        asked = await second_look.ask(self.sent[bank].id, words, actor=self.owner)
        self._later(5)
        mediator = self.cast.mediator
        self.sent[bank] = await second_look.contact(asked.id, actor=mediator, version=asked.version)

    async def answer_again(self, bank: int, words: str, after: float = 48, **terms: Any) -> None:
        """With terms a bank overturns its refusal, with words alone it stands by it."""
        self._later(after)
        actor, sent = self.cast.banks[bank], self.sent[bank]
        given = Answer(words, self._offered(terms) if terms else None)
        self.sent[bank] = await second_look.answer(sent.id, given, actor=actor, version=sent.version)

    async def withdraw(self, reason: str, after: float = 24) -> None:
        self._later(after)
        await applying.withdraw(self.made.id, reason, actor=self.owner)
