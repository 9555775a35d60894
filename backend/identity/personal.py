"""What identity keeps about a person, how he gets a copy of it and how it is erased."""

from typing import Any
from uuid import UUID

from backend import runtime
from backend.enterprises import binding_order
from backend.foundation import clock, db
from backend.foundation.db import transaction
from backend.foundation.personal import Basis, Datum, Declaration, PersonalData
from backend.identity import notices, proving, sessions

_SESSIONS = "SELECT client, created_at, seen_at, ended_at FROM owner_sessions WHERE person_id = $1 ORDER BY id"
_REVIEWS = """
SELECT id, kind, state, uscc, role, representative_sealed, reason, created_at, decided_at
FROM binding_reviews WHERE person_id = $1 ORDER BY id
"""
_FORGET_NAMES = """
UPDATE binding_reviews SET representative_sealed = NULL,
    state = CASE WHEN state = 'pending' AND kind = 'claim' THEN 'withdrawn' ELSE state END
WHERE person_id = $1 AND (representative_sealed IS NOT NULL OR (state = 'pending' AND kind = 'claim'))
RETURNING id, state
"""
_FORGET_KEYS = """
UPDATE wechat_accounts SET session_key_sealed = NULL WHERE person_id = $1 AND session_key_sealed IS NOT NULL
"""
_END_INVITATIONS = """
UPDATE binding_invitations SET expires_at = $2
WHERE used_at IS NULL AND expires_at > $2 AND invited_by IN (SELECT id FROM bindings WHERE person_id = $1)
"""


async def export(person_id: UUID) -> dict[str, Any]:
    reviews = await db.fetch(_REVIEWS, person_id)
    return {
        "sessions": [dict(row) for row in await db.fetch(_SESSIONS, person_id)],
        "claims": [{**dict(row), "representative_sealed": None, "representative": _name(row)} for row in reviews],
    }


def _name(row: Any) -> str | None:
    if row["representative_sealed"] is None:
        return None
    return runtime.current().vault.decrypt(
        row["representative_sealed"], table="binding_reviews", column="representative_sealed", row=row["id"]
    )


async def erase(person_id: UUID) -> int:
    """Sign out everywhere, forget session keys and names; reviews stay as records of what staff decided.

    The person is locked before his reviews: so does he himself who corrects a claim at the same moment.
    """
    async with transaction():
        await binding_order.lock_persons([person_id])
        ended = await sessions.end_all(person_id)
        deleted = await db.execute("DELETE FROM owner_sessions WHERE person_id = $1", person_id)
        keys = await db.execute(_FORGET_KEYS, person_id)
        invitations = await db.execute(_END_INVITATIONS, person_id, clock.now())
        reviews = await db.fetch(_FORGET_NAMES, person_id)
        await notices.decided([row["id"] for row in reviews if row["state"] == "withdrawn"])
    return max(ended, deleted) + keys + invitations + len(reviews)


async def forget(person_id: UUID, datum: Datum) -> int:
    """Without the phone what rested on it has to be proved anew; what somebody decided about him stays decided."""
    return await proving.suspend_of_persons([person_id]) if datum is Datum.PHONE else 0


PERSONAL = PersonalData(
    module="identity",
    declarations=(
        Declaration("owner_sessions", ("*",), "登录状态和“我的设备”列表", Basis.CONTRACT, "退出或过期 30 天后删除"),
        Declaration(
            "binding_reviews",
            ("person_id", "objector_id", "representative_sealed", "licence_file_id"),
            "核实本人与企业的关系",
            Basis.CONTRACT,
            "审核记录随绑定关系保存；注销账号后删除所填姓名",
        ),
        Declaration("binding_invitations", ("used_by",), "企业同事邀请", Basis.CONTRACT, "随绑定关系保存"),
    ),
    export=export,
    erase=erase,
    forget=forget,
)
