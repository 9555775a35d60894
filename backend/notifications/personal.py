"""What notifications keep about a person, how he gets a copy of it and how it is erased."""

from typing import Any, Final
from uuid import UUID

from backend.foundation import db
from backend.foundation.personal import Basis, Declaration, PersonalData
from backend.notifications import addresses

_ADDRESSES: Final = """
SELECT channel, account, openid, state, created_at, seen_at FROM addresses WHERE person_id = $1 ORDER BY id
"""
_INBOX: Final = """
SELECT kind, title, body, page, created_at, read_at FROM inbox WHERE person_id = $1 ORDER BY id
"""
# The first try of an entry has its id; further ones, by other channels, point to it.
_TRIES: Final = """
SELECT d.* FROM inbox i JOIN deliveries d ON d.id = i.id WHERE i.person_id = $1
UNION ALL
SELECT d.* FROM inbox i JOIN deliveries d ON d.inbox_id = i.id AND d.id <> d.inbox_id WHERE i.person_id = $1
"""
_DELIVERIES: Final = f"""
SELECT kind, channel, state, reason, created_at, sending_at, confirmed_at FROM ({_TRIES}) AS d ORDER BY id
"""
_WISHES: Final = "SELECT kind, channel, is_on, at FROM notification_preferences WHERE person_id = $1 ORDER BY 1, 2"
_TURNED: Final = """
SELECT kind, channel, is_on, at FROM notification_preference_changes WHERE person_id = $1 ORDER BY id
"""
_BROADCASTS: Final = """
SELECT b.kind, b.title, r.told_at, r.left_out FROM broadcast_recipients r JOIN broadcasts b ON b.id = r.broadcast_id
WHERE r.person_id = $1 ORDER BY b.id
"""
_STAFF: Final = "SELECT bound_at, ended_at, end_reason FROM staff_phones WHERE person_id = $1 ORDER BY id"
_FOLLOWING: Final = """
SELECT f.account, f.openid, f.is_following, f.seen_at
FROM persons p JOIN service_followers f USING (unionid) WHERE p.id = $1 ORDER BY 1, 2
"""
_ALLOWED: Final = """
SELECT t.title, c.balance, c.is_standing, c.updated_at
FROM addresses a JOIN credits c ON c.address_id = a.id JOIN message_templates t USING (template_id)
WHERE a.person_id = $1 ORDER BY t.title
"""
# That something was sent stays as a number without content; the openid is replaced, so that no push finds it again.
_FORGET: Final = (
    """
DELETE FROM callback_events e USING addresses a
WHERE a.person_id = $1 AND e.event ->> 'openid' = a.openid AND e.account = a.account
""",
    f"UPDATE deliveries d SET data = '{{}}', page = NULL FROM ({_TRIES}) AS t WHERE d.id = t.id",
    "DELETE FROM inbox WHERE person_id = $1",
    "DELETE FROM notification_preferences WHERE person_id = $1",
    "DELETE FROM notification_preference_changes WHERE person_id = $1",
    "DELETE FROM staff_phones WHERE person_id = $1",
    """
UPDATE broadcast_recipients SET enterprise_id = NULL, left_out = CASE WHEN told_at IS NULL THEN 'erased' END
WHERE person_id = $1
""",
    "DELETE FROM service_followers f USING persons p WHERE p.id = $1 AND f.unionid = p.unionid",
    "UPDATE addresses SET openid = 'erased:' || id WHERE person_id = $1 AND openid NOT LIKE 'erased:%'",
)


async def export(person_id: UUID) -> dict[str, Any]:
    wanted = {
        "addresses": _ADDRESSES,
        "following": _FOLLOWING,
        "inbox": _INBOX,
        "deliveries": _DELIVERIES,
        "subscriptions": _ALLOWED,
        "preferences": _WISHES,
        "preference_changes": _TURNED,
        "broadcasts": _BROADCASTS,
        "staff_phone": _STAFF,
    }
    return {name: [dict(row) for row in await db.fetch(sql, person_id)] for name, sql in wanted.items()}


async def erase(person_id: UUID) -> int:
    """Stop every push, forget contents and openids; what was sent stays as states and times without content."""
    async with db.transaction():
        await addresses.end(person_id)
        return sum([await db.execute(sql, person_id) for sql in _FORGET])


PERSONAL: Final = PersonalData(
    module="notifications",
    declarations=(
        Declaration(
            "addresses", ("person_id", "openid"), "向本人推送办事消息", Basis.CONTRACT, "注销账号后删除 openid"
        ),
        Declaration("inbox", ("*",), "本人的消息记录", Basis.CONTRACT, "24 个月；注销账号时删除"),
        Declaration(
            "deliveries",
            ("person_id", "data", "page"),
            "推送内容和送达情况",
            Basis.CONTRACT,
            "12 个月；注销账号时删除内容，只留状态和时间",
        ),
        Declaration(
            "service_followers",
            ("openid", "unionid"),
            "经同一开放平台账号认出关注服务号的本人",
            Basis.CONTRACT,
            "注销账号时删除；取消关注 30 天后删除",
        ),
        Declaration("notification_preferences", ("*",), "本人对各类消息的接收设置", Basis.CONTRACT, "注销账号时删除"),
        Declaration(
            "notification_preference_changes",
            ("*",),
            "证明某日某类消息是否愿意接收",
            Basis.CONTRACT,
            "24 个月；注销账号时删除",
        ),
        Declaration("staff_notices", ("staff_id",), "工作人员的工作提醒", Basis.STATUTORY, "12 个月"),
        Declaration(
            "staff_phones",
            ("*",),
            "工作人员自愿绑定自己的微信接收工作提醒",
            Basis.CONSENT,
            "解除绑定后 12 个月；注销账号时删除",
        ),
        Declaration(
            "broadcast_recipients",
            ("person_id", "enterprise_id"),
            "群发名单，核对谁没有收到、为什么",
            Basis.CONTRACT,
            "18 个月；注销账号时只留状态和时间",
        ),
        Declaration(
            "staff_phone_codes", ("*",), "工作人员绑定自己微信的一次性验证码", Basis.CONSENT, "十分钟有效，1 天后删除"
        ),
        Declaration("callback_events", ("event",), "微信推送的事件", Basis.CONTRACT, "3 个月；注销账号时删除"),
    ),
    export=export,
    erase=erase,
)
