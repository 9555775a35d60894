"""What owners are told about their applications."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from backend import notifications
from backend.financing import outcomes, standing
from backend.financing.models import Application, Referral
from backend.financing.states import ReferralState
from backend.foundation import clock, db
from backend.notifications import Message

PAGE: Final = "pages/financing/detail"
_BANK: Final = "SELECT name FROM financing_institutions WHERE id = $1"
_LOOK: Final = "点开查看内容和下一步"
_AGREE: Final = "有比原报价差之处，点开确认差别"
_CONFIRM: Final = "点开确认或否认，逾期未否认计为已放款"
_CONFIRM_AGAIN: Final = "您曾否认，须您确认才计为已放款"


async def expired(application: Application) -> None:
    await _tell("financing_expired", application, "融资需求", "已过期", "需要时可重新提出")


async def ended(application: Application) -> None:
    """Tell that a need ended because its enterprise is no more."""
    await _tell("financing_ended", application, "融资需求", "已终止", "企业已注销或吊销，银行不能再查看")


async def moved(application: Application, referral: Referral, *, is_worse: bool = False) -> None:
    """Tell what a bank did: where it stands now, its grounds or terms on the page; `is_worse`: he is to agree first."""
    bank = await db.fetch_value(_BANK, referral.institution_id)
    words, once = outcomes.short(referral.state, referral.end_reason), f"{referral.id}:{referral.version}"
    await _tell("financing_moved", application, bank, words, _AGREE if is_worse else _LOOK, once=once)


async def drawing(application: Application, referral: Referral, *, but: UUID | None = None) -> None:
    """Tell all who act for the enterprise what became of a drawing, but who did it: the silence of each may count."""
    bank = await db.fetch_value(_BANK, referral.institution_id)
    words, once = outcomes.short(referral.state, referral.end_reason), f"{referral.id}:{referral.version}"
    hint = _LOOK
    if referral.state is ReferralState.DRAWING:
        hint = _CONFIRM_AGAIN if referral.contested_at else _CONFIRM
    people = set(await standing.bound(application.enterprise_id)) - {but}
    await _tell("financing_moved", application, bank, words, hint, once=once, to=people)


async def renewal(application: Application, referral: Referral) -> None:
    """Remind of a loan that falls due, with a renewal that is filled in already."""
    due = f"{referral.due_on:%Y年%m月%d日}到期，需要续贷可直接提交，不用重新填表"
    once = f"{referral.id}:{referral.due_on}"
    await _tell("financing_renewal", application, "贷款到期提醒", "即将到期", due, once=once)


async def _tell(
    kind: str,
    application: Application,
    title: str,
    progress: str,
    hint: str,
    *,
    once: str = "",
    to: Collection[UUID] | None = None,
) -> None:
    people = to if to is not None else [one for one in (application.person_id,) if one is not None]
    if not people:
        return
    at = f"{clock.now().astimezone(clock.SHANGHAI):%Y年%m月%d日 %H:%M}"
    fields = {"title": title, "number": application.number, "progress": progress, "at": at, "hint": hint}
    told, page = f"{kind}:{once or application.id}", f"{PAGE}?id={application.id}"
    await notifications.tell(
        [
            Message(kind, one, told, fields, page, subject=application.id, enterprise=application.enterprise_id)
            for one in sorted(people)
        ]
    )
