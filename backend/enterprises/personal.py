"""What enterprises keep about people: owners and their accounts, and the contacts that the registry holds by law."""

from typing import Any
from uuid import UUID

from backend import runtime
from backend.enterprises import binding_order
from backend.foundation import clock, db
from backend.foundation.personal import Basis, Datum, Declaration, PersonalData

_PERSON = "SELECT id, state, name_sealed, phone_sealed, phone_verified_at, created_at FROM persons WHERE id = $1"
_ACCOUNTS = "SELECT appid, openid, created_at, last_seen_at FROM wechat_accounts WHERE person_id = $1 ORDER BY id"
_BINDINGS = """
SELECT e.name AS enterprise, e.uscc, b.role, b.state, b.basis, b.scope, b.until, b.created_at, b.ended_at
FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id WHERE b.person_id = $1 ORDER BY b.id
"""
_FORGET = """
UPDATE persons SET state = 'erased', name_sealed = NULL, phone_sealed = NULL, phone_index = NULL,
                   phone_verified_at = NULL, unionid = NULL, erased_at = $2
WHERE id = $1 AND state = 'active'
"""
_UNBIND = """
UPDATE bindings SET state = 'ended', ended_at = $2, reason = 'account_deleted'
WHERE person_id = $1 AND state IN ('pending', 'active', 'read_only')
"""

_DATA = {Datum.PHONE: ("phone_sealed", "phone_index", "phone_verified_at"), Datum.NAME: ("name_sealed",)}


async def export(person_id: UUID) -> dict[str, Any]:
    person = await db.fetch_one(_PERSON, person_id)
    if person is None:
        return {}
    return {
        "person": {
            "name": _unsealed(person, "name"),
            "phone": _unsealed(person, "phone"),
            "phone_verified_at": person["phone_verified_at"],
            "created_at": person["created_at"],
        },
        "wechat_accounts": [dict(row) for row in await db.fetch(_ACCOUNTS, person_id)],
        "bindings": [dict(row) for row in await db.fetch(_BINDINGS, person_id)],
    }


def _unsealed(person: Any, name: str) -> str | None:
    sealed = person[f"{name}_sealed"]
    if sealed is None:
        return None
    return runtime.current().vault.decrypt(sealed, table="persons", column=f"{name}_sealed", row=person["id"])


async def erase(person_id: UUID) -> int:
    """Leave only the person's id: what he did for enterprises stays theirs, without anything that leads to him."""
    async with db.transaction():
        moment = clock.now()
        await binding_order.lock_of_persons([person_id])
        unbound = await db.execute(_UNBIND, person_id, moment)
        accounts = await db.execute("DELETE FROM wechat_accounts WHERE person_id = $1", person_id)
        persons = await db.execute(_FORGET, person_id, moment)
    return unbound + accounts + persons


async def forget(person_id: UUID, datum: Datum) -> int:
    """Take a phone with the proof that it was his, or a name, out of his row."""
    columns = _DATA.get(datum)
    if columns is None:
        return 0
    emptied = ", ".join(f"{column} = NULL" for column in columns)
    return await db.execute(f"UPDATE persons SET {emptied} WHERE id = $1 AND {columns[0]} IS NOT NULL", person_id)


PERSONAL = PersonalData(
    module="enterprises",
    declarations=(
        Declaration(
            "persons",
            ("name_sealed", "phone_sealed", "phone_index"),
            "识别经营者本人",
            Basis.CONTRACT,
            "注销账号时删除",
        ),
        Declaration(
            "wechat_accounts", ("person_id", "session_key_sealed"), "微信登录", Basis.CONTRACT, "注销账号时删除"
        ),
        Declaration(
            "bindings", ("person_id",), "本人代表哪些企业办事", Basis.CONTRACT, "注销账号时解除；记录去标识化后保存"
        ),
        Declaration(
            "enterprises",
            ("representative_sealed", "representative_index", "phone_sealed", "phone_index"),
            "登记机关依法登记的法定代表人和联系电话，用于核实绑定、依法联系",
            Basis.STATUTORY,
            "随登记数据更新；不用于群发",
        ),
    ),
    export=export,
    erase=erase,
    forget=forget,
)
