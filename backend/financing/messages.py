"""What owners are told about their applications."""

from typing import Final

from backend import notifications
from backend.financing import outcomes
from backend.financing.models import Application, Referral
from backend.financing.states import ReferralState
from backend.foundation import clock, db
from backend.notifications import Message

PAGE: Final = "pages/financing/detail"
_CONFIRM: Final = "点开确认或否认，逾期未否认计为已放款"
_CONFIRM_AGAIN: Final = "您曾否认，须您确认才计为已放款"


async def expired(application: Application) -> None:
    await _tell("financing_expired", application, "融资需求", "已过期", "需要时可重新提出")


async def ended(application: Application) -> None:
    """Tell that a need ended because its enterprise is no more."""
    await _tell("financing_ended", application, "融资需求", "已终止", "企业已注销或吊销，银行不能再查看")


async def moved(application: Application, referral: Referral) -> None:
    """Tell what a bank did: where it stands now, its grounds or terms on the page."""
    bank = await db.fetch_value("SELECT name FROM financing_institutions WHERE id = $1", referral.institution_id)
    words, once = outcomes.short(referral.state, referral.end_reason), f"{referral.id}:{referral.version}"
    hint = "点开查看内容和下一步"
    if referral.state is ReferralState.DRAWING:
        hint = _CONFIRM_AGAIN if referral.contested_at else _CONFIRM
    await _tell("financing_moved", application, bank, words, hint, once=once)


async def renewal(application: Application, referral: Referral) -> None:
    """Remind of a loan that falls due, with a renewal that is filled in already."""
    due = f"{referral.due_on:%Y年%m月%d日}到期，需要续贷可直接提交，不用重新填表"
    once = f"{referral.id}:{referral.due_on}"
    await _tell("financing_renewal", application, "贷款到期提醒", "即将到期", due, once=once)


async def _tell(kind: str, application: Application, title: str, progress: str, hint: str, *, once: str = "") -> None:
    if application.person_id is None:
        return
    at = f"{clock.now().astimezone(clock.SHANGHAI):%Y年%m月%d日 %H:%M}"
    fields = {"title": title, "number": application.number, "progress": progress, "at": at, "hint": hint}
    message = Message(
        kind,
        application.person_id,
        f"{kind}:{once or application.id}",
        fields,
        f"{PAGE}?id={application.id}",
        subject=application.id,
        enterprise=application.enterprise_id,
    )
    await notifications.tell([message])
