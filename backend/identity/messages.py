"""What owners are told about their bindings and their phone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.foundation.clock import SHANGHAI
from backend.foundation.secrets import mask_phone
from backend.notifications import Message

ROLES: Final = {"representative": "法定代表人", "manager": "管理人员", "clerk": "经办人员"}
PAGE: Final = "pages/enterprises/bindings"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def binding_added(
    binding_id: UUID, recipients: Sequence[UUID], *, enterprise: str, role: str, at: datetime
) -> list[Message]:
    """Tell everyone already bound; each can object with one tap."""
    fields = {
        "enterprise": enterprise,
        "role": ROLES[role],
        "matter": f"新增{ROLES[role]}",
        "result": "已绑定",
        "at": _at(at),
        "note": "如非本企业人员，请提出异议",
    }
    page = f"{PAGE}?object={binding_id}"
    return [Message("binding_added", one, f"binding-added:{binding_id}:{one}", fields, page) for one in recipients]


def _result(person: UUID, once: str, *, enterprise: str, matter: str, result: str, note: str, at: datetime) -> Message:
    fields = {"enterprise": enterprise, "matter": matter, "result": result, "at": _at(at), "note": note}
    return Message("binding_result", person, once, fields, PAGE)


def claim_approved(review_id: UUID, person: UUID, *, enterprise: str, at: datetime) -> Message:
    return _result(
        person, f"binding-review:{review_id}", enterprise=enterprise, matter="绑定申请", result="已通过",
        note="现在可以办理该企业的事项", at=at,
    )  # fmt: skip


def claim_refused(review_id: UUID, person: UUID, *, uscc: str, reason: str, at: datetime) -> Message:
    """The claimant reads the code he wrote himself, never what the registry holds."""
    return _result(
        person, f"binding-review:{review_id}", enterprise=uscc, matter="绑定申请", result="未通过", note=reason, at=at
    )


def suspended(binding_id: UUID, review_id: UUID, person: UUID, *, enterprise: str, at: datetime) -> Message:
    return _result(
        person, f"binding-suspended:{binding_id}:{review_id}", enterprise=enterprise, matter="绑定被提出异议",
        result="已暂停", note="工作人员核实后告知您结果", at=at,
    )  # fmt: skip


def objection_settled(
    review_id: UUID, person: UUID, *, enterprise: str, is_upheld: bool, reason: str, at: datetime
) -> Message:
    """Told to both sides; `is_upheld` means that the binding has ended."""
    return _result(
        person, f"binding-objection:{review_id}:{person}", enterprise=enterprise, matter="绑定异议",
        result="绑定已解除" if is_upheld else "绑定已恢复", note=reason or "感谢您的配合", at=at,
    )  # fmt: skip


def prove_again(binding_id: UUID, person: UUID, *, enterprise: str, by: datetime, at: datetime) -> Message:
    return _result(
        person, f"binding-prove:{binding_id}:{by.date()}", enterprise=enterprise, matter="登记信息已变更",
        result="需重新验证", note=f"请于{by.astimezone(SHANGHAI):%m月%d日}前验证", at=at,
    )  # fmt: skip


def phone_went(binding_id: UUID, person: UUID, *, enterprise: str, by: datetime, at: datetime) -> Message:
    """A binding rested on a phone that somebody else holds by now; nothing of the enterprise has changed."""
    return _result(
        person, f"binding-phone:{binding_id}:{at:%Y%m%d%H%M}", enterprise=enterprise, matter="验证手机号已变更",
        result="需重新验证", note=f"请于{by.astimezone(SHANGHAI):%m月%d日}前用原手机或登记手机验证", at=at,
    )  # fmt: skip


def removed(binding_id: UUID, person: UUID, *, enterprise: str, at: datetime) -> Message:
    return _result(
        person, f"binding-removed:{binding_id}", enterprise=enterprise, matter="企业绑定", result="已解除",
        note="如有疑问请联系企业管理人员", at=at,
    )  # fmt: skip


def phone_moved(person: UUID, phone: str, at: datetime) -> Message:
    """Someone else verified the same number: the proof is his now."""
    return _result(
        person, f"phone-moved:{person}:{at:%Y%m%d%H%M}", enterprise=mask_phone(phone), matter="手机号验证",
        result="已失效", note="该号码已由其他微信验证", at=at,
    )  # fmt: skip
