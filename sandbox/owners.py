"""The people with phones: who they are and what they allowed each template to do."""

import base64
import hashlib
import re
from collections import OrderedDict
from typing import Any

import msgspec

_DEMO = re.compile(r"demo-([^.\s\x00]{1,32})(?:\.[^\s\x00]{0,64})?")
_RECENT = 64
_LONGEST_CROWD_NAME = 7  # digits that number a crowd


class Permit(msgspec.Struct):
    """What one owner gave one template.

    `credits`: accepts of a one-time template not yet used; `standing`: a long-term template is on; `kept`: the answer
    behind "总是保持以上选择" (accept or reject), which suppresses the dialog and with it the popup event.
    """

    credits: int = 0
    standing: bool = False
    kept: str = ""
    day: int = 0
    sent_today: int = 0

    def use(self, day: int) -> None:
        """One message was accepted on this Shanghai day."""
        if self.credits > 0:
            self.credits -= 1
        self.sent_today = self.sent_on(day) + 1
        self.day = day

    def sent_on(self, day: int) -> int:
        """Messages accepted on that day."""
        return self.sent_today if self.day == day else 0


class Owner(msgspec.Struct):
    """One WeChat user as both accounts see him."""

    openid: str
    unionid: str
    service_openid: str
    phone: str
    name: str
    follows: bool = True  # the service account
    main_switch: bool = True  # 订阅消息总开关
    visited_at: int = 0
    session_key: str = ""
    permits: dict[str, Permit] = {}

    def permit(self, template_id: str) -> Permit:
        """The permit, made empty at first use."""
        permit = self.permits.get(template_id)
        if permit is None:
            permit = self.permits[template_id] = Permit()
        return permit


def derive(kind: str, name: str) -> str:
    """A stable id that looks like WeChat's: `o` and 27 more characters."""
    digest = hashlib.sha256(f"{kind}\0{name}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def derive_phone(name: str) -> str:
    """A stable mobile number in the 199 range."""
    return f"199{int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % 10**8:08d}"


def demo_name(code: str) -> str | None:
    """`demo-<name>` and `demo-<name>.<anything>` mean the same person; the tail only makes the code a fresh one."""
    found = _DEMO.fullmatch(code)
    return found[1] if found else None


class Owners:
    """Everybody, by openid; the last active ones first for the page. Methods named in `World` replay the journal."""

    def __init__(self) -> None:
        self.by_openid: dict[str, Owner] = {}
        self.by_service_openid: dict[str, Owner] = {}
        self.recent: OrderedDict[str, None] = OrderedDict()

    def put(self, openid: str, changes: dict[str, Any]) -> None:
        """Create an owner or change some of his plain fields."""
        owner = self.by_openid.get(openid)
        if owner is None:
            owner = Owner(openid, derive("unionid", openid), derive("service", openid), derive_phone(openid), "")
            self.by_openid[openid] = owner
        self.by_service_openid.pop(owner.service_openid, None)
        for field, value in changes.items():
            setattr(owner, field, value)
        self.by_service_openid[owner.service_openid] = owner
        self.touch(openid)

    def put_crowd(self, prefix: str, count: int, template_ids: list[str], credits_each: int) -> None:
        """Many owners at once (benches), each with the same credits; openids are `crowd_openid(prefix, n)`."""
        for number in range(count):
            openid = crowd_openid(prefix, number)
            self.put(openid, {"name": f"{prefix}{number}"})
            owner = self.by_openid[openid]
            for template_id in template_ids:
                permit = owner.permit(template_id)
                permit.credits += credits_each
                permit.standing = True

    def set_permit(self, openid: str, template_id: str, changes: dict[str, Any]) -> None:
        """Change one permit; values are absolute."""
        permit = self.by_openid[openid].permit(template_id)
        for field, value in changes.items():
            setattr(permit, field, value)
        self.touch(openid)

    def touch(self, openid: str) -> None:
        """Note activity for the page."""
        recent = self.recent
        recent[openid] = None
        recent.move_to_end(openid)
        if len(recent) > _RECENT:
            recent.popitem(last=False)

    def search(self, text: str, limit: int) -> list[Owner]:
        """Last active first; with a text those whose openid, name or phone contains it."""
        if not text:
            return [self.by_openid[openid] for openid in list(reversed(self.recent))[:limit]]
        found = (o for o in self.by_openid.values() if text in o.openid or text in o.name or text in o.phone)
        return [owner for owner, _ in zip(found, range(limit), strict=False)]


def crowd_openid(prefix: str, number: int) -> str:
    """28 characters, ordered by number."""
    return derive("crowd", prefix)[: 28 - _LONGEST_CROWD_NAME] + f"{number:0{_LONGEST_CROWD_NAME}d}"
