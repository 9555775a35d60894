"""What an actor may do with a salon or a sign-up as it stands: what the commands would refuse is not offered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from backend.access import Actor, covers
from backend.foundation import clock
from backend.salons.seats.admitting import is_last
from backend.salons.states import COMING, EDITABLE, LIFECYCLE, SIGNUP, WRITTEN_OF, SalonState, SignupState
from backend.salons.visibility import EDIT, RUN

_S: Final = SalonState
SALON_ACTS: Final[Mapping[str, str]] = {
    "edit": "修改",
    "publish": "发布",
    "close": "提前截止报名",
    "cancel": "取消沙龙",
    "archive": "归档",
    "copy": "复制",
    "set_poster": "换海报",
    "hand_out": "发布资料",
    "write_minutes": "发布纪要",
    "sign_up": "代为报名",
    "run": "处理报名",
}
SIGNUP_ACTS: Final[Mapping[str, str]] = {
    "leave": "退出报名",
    "accept": "确认席位",
    "decline": "放弃席位",
    "approve": "通过",
    "refuse": "不通过",
    "remove": "取消报名",
}
_MOVES: Final = {"close": _S.CLOSED, "cancel": _S.CANCELLED, "archive": _S.ARCHIVED}


def salon_acts(
    actor: Actor, state: SalonState, starts_at: datetime, *, district: str | None, unit: UUID | None
) -> list[str]:
    """Return what staff may do with a salon; one that has begun takes place as it is."""
    acts = []
    if covers(actor, EDIT, district=district, unit=unit):
        acts = ["edit"] if state is _S.DRAFT or (state in EDITABLE and _is_ahead(starts_at)) else []
        acts += ["publish"] if state is _S.DRAFT else []
        acts += [act for act, wanted in _MOVES.items() if LIFECYCLE.allows(state, wanted)]
        acts.append("copy")
        acts += ["set_poster"] if state is not _S.CANCELLED else []
        acts += ["hand_out", "write_minutes"] if state in WRITTEN_OF else []
    if covers(actor, RUN, district=district, unit=unit) and state is not _S.DRAFT:
        acts += ["sign_up"] if state in (_S.PUBLISHED, _S.OPEN, _S.CLOSED) else []
        acts.append("run")
    return acts


def signup_acts(row: Mapping[str, Any], *, is_owner: bool, runs: bool) -> list[str]:
    """Return what may be done with a sign-up: by its owner, or by who runs the salon in his place."""
    state = SignupState(row["state"])
    acts = []
    if is_owner or runs:
        if SIGNUP.allows(state, SignupState.LEFT) and (_is_ahead(row["starts_at"]) or state is SignupState.WAITING):
            acts.append("leave")
        if state is SignupState.OFFERED and _is_ahead(row["offer_until"]):
            acts += ["accept", "decline"]
    if runs:
        # Who waits and came is seated where he stands.
        is_at_door = row["salon_state"] in COMING and is_last(row["starts_at"], clock.now(), row["way"])
        acts += ["accept"] if state is SignupState.WAITING and is_at_door else []
        acts += ["approve", "refuse"] if state is SignupState.PENDING else []
        acts += ["remove"] if SIGNUP.allows(state, SignupState.REMOVED) else []
    return acts


def _is_ahead(at: datetime | None) -> bool:
    return at is not None and at > clock.now()
