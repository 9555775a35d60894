"""Who is bound to an enterprise, as staff see it who judge bindings: phones masked, the past included."""

from typing import Any, Final
from uuid import UUID

from backend import runtime
from backend.access import Actor
from backend.enterprises.models import BindingState
from backend.enterprises.profile import wide_row
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.foundation.secrets import mask_phone

PERMISSION: Final = "bindings.review"
ROLE_WORDS: Final = {"representative": "法定代表人", "manager": "管理人员", "clerk": "经办人员"}
STATE_WORDS: Final = {
    BindingState.PENDING: "有异议，暂停",
    BindingState.ACTIVE: "有效",
    BindingState.READ_ONLY: "须重新验证，只能查看",
    BindingState.ENDED: "已结束",
    BindingState.REFUSED: "已解除",
}
BASIS_WORDS: Final = {
    "registered_phone": "登记电话相符",
    "review": "工作人员审核",
    "invitation": "本企业人员邀请",
    "counter": "窗口办理",
}
_LIVE: Final = "b.state IN ('pending', 'active', 'read_only') AND (b.until IS NULL OR b.until > now())"
_SHOWN: Final = (
    "id", "person_id", "role", "state", "basis", "scope", "until", "prove_by", "reason", "created_at", "ended_at",
)  # fmt: skip


async def page(
    actor: Actor, enterprise_id: UUID, *, with_ended: bool, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one page with its count, the newest first; raises EnterpriseUnknown, Forbidden."""
    actor.require(PERMISSION)
    after = decode_cursor(cursor, UUID)
    await wide_row(actor, enterprise_id)
    wanted = f"b.enterprise_id = $1 AND ($2::boolean OR ({_LIVE}))"
    rows = await db.fetch(
        f"SELECT b.*, p.phone_sealed{count_column(f'bindings b WHERE {wanted}', cursor)}"
        f" FROM bindings b JOIN persons p ON p.id = b.person_id WHERE {wanted}"
        " AND ($3::uuid IS NULL OR b.id < $3) ORDER BY b.id DESC LIMIT $4",
        enterprise_id,
        with_ended,
        after[0] if after else None,
        limit + 1,
    )
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_told(row) for row in shown], "next": following, **counted(rows, cursor)}


def _told(row: Any) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _SHOWN},
        "role_word": ROLE_WORDS[row["role"]],
        "state_word": STATE_WORDS[row["state"]],
        "basis_word": BASIS_WORDS[row["basis"]],
        "phone": _phone(row["phone_sealed"], row["person_id"]),
    }


def _phone(sealed: bytes | None, person_id: UUID) -> str | None:
    if sealed is None:
        return None
    return mask_phone(runtime.current().vault.decrypt(sealed, table="persons", column="phone_sealed", row=person_id))
