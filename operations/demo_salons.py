"""Salons of the demo at every stage: one held, two that take sign-ups, one draft; all made as people make them.

What happened before today is done at its own time by a clock that is set back. Everybody in it is made up.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from backend import moderation
from backend.access import Actor, ActorKind
from backend.cases import handling
from backend.enterprises.models import Binding, BindingBasis, BindingRole, BindingState, Person
from backend.foundation import clock, db
from backend.foundation.clock import Clock, Frozen
from backend.foundation.errors import WuweiError
from backend.foundation.ids import new_id
from backend.moderation import Outcome, SubjectState
from backend.salons import afterwards, board, feedback, series, service, sweeping
from backend.salons.attached import Material
from backend.salons.content import SalonContent
from backend.salons.door import scanning
from backend.salons.door.scanning import Read
from backend.salons.models import Salon
from backend.salons.seats import fairness, signing
from backend.salons.seats.asking import Wish
from backend.salons.seats.signing import SignedUp
from backend.salons.series import SeriesContent
from backend.salons.visibility import NAME

SERIES: Final = "演示：政企面对面"
_GUESTS: Final = 16
_PLACE: Final = "演示：市民服务中心三楼多功能厅"
_CITED: Final = {"document": "演示活动通知", "article": "一", "sentence": "面向二十人以下的小微企业和个体工商户。"}
_RULE: Final = {"fact": "employees", "op": "le", "value": 20, "citation": _CITED}
_FORM: Final = {
    "type": "object",
    "properties": {
        "wanted": {"type": "string", "title": "最想听什么", "maxLength": 200},
        "people": {"type": "integer", "title": "从业人数", "minimum": 0, "x-fact": "employees"},
    },
}
_BEFORE: Final = (
    ("首次违法怎么认定？", "一般指两年内第一次发生同类行为，以公布的清单和执法机关的认定为准。"),
    ("小餐饮备案到期要重新检查吗？", "到期换证先看材料，是否上门以属地通知为准。"),
)
_DURING: Final = (
    ("信用修复要准备哪些材料？", "信用修复申请表、履行义务的证明和守信承诺书，网上即可提交。"),
    ("年报填错了还能改吗？", "6月30日前可以自行更正；之后请到窗口申请。"),
)
_AFTER: Final = "会上提到的免罚清单在哪里能查到？"
_OPINIONS: Final = (
    (5, "讲得明白，例子都是身边的事。"), (5, "希望多办几场。"), (4, "提问时间可以再长一点。"), (5, ""), (4, ""),
    (5, "当场就答了，很好。"), (3, "停车不方便。"), (5, ""), (4, "资料很实用。"), (5, ""), (5, "下次想听融资。"),
)  # fmt: skip
_SERIES_IS_THERE: Final = "SELECT EXISTS (SELECT FROM salon_series WHERE title = $1)"
_SHOPS: Final = """
SELECT e.id FROM enterprises e WHERE e.closed_at IS NULL AND e.employees <= 20
AND NOT EXISTS (SELECT FROM bindings b WHERE b.enterprise_id = e.id) ORDER BY e.uscc DESC LIMIT $1
"""
_SEATED: Final = "SELECT id FROM salon_signups WHERE salon_id = $1 AND way = 'hall' AND state = 'confirmed' ORDER BY id"
_CASE: Final = "SELECT id, coalesce(offered_to, handler_id) AS whose FROM cases WHERE origin = $1 AND origin_id = $2"


@dataclass(frozen=True, slots=True)
class _Guest:
    """An owner with his shop."""

    actor: Actor
    shop: UUID

    @property
    def person_id(self) -> UUID:
        if self.actor.id is None:
            raise ValueError("a guest is somebody")
        return self.actor.id


async def seed_salons(author: Actor, host: Actor, specialist: Actor) -> None:
    """Make them all, or nothing where they are there already.

    `author` writes and publishes, `host` stands at the door, `specialist` answers what became a case.
    """
    if await db.fetch_value(_SERIES_IS_THERE, SERIES):
        return
    async with db.transaction():
        made = await series.make(SeriesContent(SERIES, "每月一次，有问必答。"), actor=author)
        guests = [await _guest(shop["id"]) for shop in await db.fetch(_SHOPS, _GUESTS)]
        await _Held(made["id"], author, host, specialist, guests).story()
        await _open(made["id"], author, host, guests)
        await _by_approval(made["id"], author, guests)
        await service.draft(_content("演示：知识产权质押怎么办", made["id"], _at(30), topic="property"), actor=author)


async def _guest(shop: UUID) -> _Guest:
    person, now = new_id(), clock.now()
    await Person.create(id=person, created_at=now)
    role, basis = BindingRole.MANAGER, BindingBasis.COUNTER
    await Binding.create(
        person_id=person, enterprise_id=shop, role=role, state=BindingState.ACTIVE, basis=basis, created_at=now
    )
    return _Guest(Actor(ActorKind.OWNER, person), shop)


def _at(days: int) -> datetime:
    """Return two in the afternoon so many days from today; before it on a weekday."""
    day = clock.today() + timedelta(days=days)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(day, time(14), clock.SHANGHAI)


def _on(moment: datetime) -> AbstractContextManager[Clock]:
    return clock.use(Frozen(moment))


def _content(title: str, series_id: UUID, starts_at: datetime, **given: Any) -> SalonContent:
    """Two hours in the hall, for which one can sign up until the evening before."""
    now = clock.now()
    middle = starts_at + timedelta(hours=1)
    told = {
        "title": title,
        "topic": "compliance",
        "intro": "市场监管、税务、人社的经办人面对面讲解，现场答疑；提问会形成事项，逐一答复。",
        "organisers": ["演示：市市场监管局"],
        "series_id": series_id,
        "address": _PLACE,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "opens_at": now - timedelta(minutes=1),
        "closes_at": max(starts_at - timedelta(hours=20), now + timedelta(hours=1)),
        "sessions": [
            {"title": "政策讲解", "speaker": "演示讲师", "starts_at": starts_at, "ends_at": middle},
            {"title": "现场答疑", "starts_at": middle, "ends_at": starts_at + timedelta(hours=2)},
        ],
        "quotas": [{"title": "现场席位", "way": "hall", "seats": 12, "hard_limit": 15}],
        **given,
    }
    return SalonContent.model_validate(told)


async def _published(content: SalonContent, actor: Actor) -> UUID:
    made = await service.draft(content, actor=actor)
    await service.publish(made.id, actor=actor, version=made.version)
    return made.id


async def _sign_up(salon_id: UUID, guests: Sequence[_Guest], **given: Any) -> list[SignedUp]:
    """Sign them up; whoever finds no seat waits. Raises the first refusal: there should be none."""
    way = given.pop("way", "hall")
    wishes = [Wish(one.actor, salon_id, one.shop, one.person_id, way, waits=True, **given) for one in guests]
    found = await signing.sign_up(wishes)
    for one in found:
        if isinstance(one, WuweiError):
            raise one
    return [one for one in found if isinstance(one, SignedUp)]


async def _open(series_id: UUID, author: Actor, host: Actor, guests: Sequence[_Guest]) -> None:
    """One with seats of three kinds; the hall is full and some wait, online there is room."""
    quotas = [
        {"title": "现场席位", "way": "hall", "seats": 8, "hard_limit": 10},
        {"title": "首次参加席位", "way": "hall", "seats": 3, "is_for_first_timers": True},
        {"title": "线上席位", "way": "online", "seats": 50},
    ]
    url, title = "https://example.com/salon", "演示：年报和信用修复答疑"
    content = _content(title, series_id, _at(14), quotas=quotas, online_url=url, form=_FORM)
    salon_id = await _published(content, author)
    await _sign_up(salon_id, guests[:13], answers={"wanted": "信用修复"})
    await _sign_up(salon_id, guests[13:], way="online")
    walk_in = Wish(host, salon_id, guests[0].shop, None, "online", attendee="演示：窗口来客", channel="counter")
    await signing.sign_up([walk_in])


async def _by_approval(series_id: UUID, author: Actor, guests: Sequence[_Guest]) -> None:
    """One for certain enterprises alone, where staff approve."""
    content = _content(
        "演示：小微企业融资对接会",
        series_id,
        _at(21),
        topic="finance",
        rule=_RULE,
        reason="您的从业人数在二十人以下，符合小微企业融资对接会的邀请条件",
        is_limited=True,
        needs_approval=True,
    )
    await _sign_up(await _published(content, author), guests[:5])


@dataclass(frozen=True, slots=True)
class _Held:
    """The salon of last week, as it went."""

    series_id: UUID
    author: Actor
    host: Actor
    specialist: Actor
    guests: Sequence[_Guest]

    async def story(self) -> None:
        starts_at = _at(-4)
        ends_at = starts_at + timedelta(hours=2)
        with _on(starts_at - timedelta(days=10)):
            title = "演示：首违不罚和轻微免罚怎么用"
            salon_id = await _published(_content(title, self.series_id, starts_at), self.author)
            await _sign_up(salon_id, self.guests[:14])
        with _on(starts_at - timedelta(days=2)):
            await self._asked(salon_id, _BEFORE)
        with _on(starts_at):
            await sweeping.sweep()
            seated = [row["id"] for row in await db.fetch(_SEATED, salon_id)]
            await self._let_in(salon_id, seated[:-1])
        with _on(starts_at + timedelta(hours=1)):
            await self._asked(salon_id, _DURING)
        with _on(ends_at + timedelta(minutes=30)):
            await sweeping.sweep()
            await self._written_down(salon_id)
            for signup_id, guest, opinion in zip(seated, self.guests, _OPINIONS, strict=False):
                await feedback.give(await feedback.draw(signup_id, actor=guest.actor), *opinion)
        with _on(ends_at + timedelta(hours=25)):
            await fairness.note_missing()
            await fairness.explain(seated[-1], "店里临时来客，走不开。", actor=self.guests[len(seated) - 1].actor)
        await self._asked(salon_id, [(_AFTER, "")])

    async def _asked(self, salon_id: UUID, said: Sequence[tuple[str, str]]) -> None:
        """Each asks one; the host answers there, and whoever handles the case writes it down."""
        for guest, (question, answer) in zip(self.guests, said, strict=False):
            made = await board.ask(salon_id, question, actor=guest.actor)
            await _let_pass(made)
            if answer:
                await board.answer_on_the_spot(made, answer, actor=self.host)
                await self._settle(made, answer)

    async def _settle(self, question_id: UUID, answer: str) -> None:
        """Whoever the case was given to takes it and writes down what was said."""
        (row,) = await db.fetch(_CASE, NAME, question_id)
        actor = self.host if row["whose"] == self.host.id else self.specialist
        await handling.accept(row["id"], actor=actor)
        await handling.answer(row["id"], answer, actor=actor)

    async def _let_in(self, salon_id: UUID, seated: Sequence[UUID]) -> None:
        """At two doors, and the first ticket at both of them."""
        now = clock.now()
        scanned = [(signup_id, "东门") for signup_id in seated] + [(seated[0], "西门")]
        reads = [
            Read(new_id(), door, "in", now + timedelta(seconds=10 * n), signup_id=signup_id)
            for n, (signup_id, door) in enumerate(scanned)
        ]
        await scanning.receive(salon_id, reads, actor=self.host)

    async def _written_down(self, salon_id: UUID) -> None:
        version = (await Salon.get(id=salon_id)).version
        minutes = "介绍了免罚清单、信用修复和年报更正，现场提问均已答复。"
        done = await service.write_minutes(salon_id, minutes, actor=self.author, version=version)
        slides = [Material("讲义（演示）", "https://example.com/slides.pdf")]
        await afterwards.hand_out(salon_id, slides, actor=self.author, version=done.version)


async def _let_pass(question_id: UUID) -> None:
    """Show a question at once: what we wrote ourselves need not be asked of WeChat."""
    (subject_id,) = await moderation.withdraw(NAME, [question_id])
    await board.checked([Outcome(NAME, question_id, subject_id, SubjectState.PASSED)])
