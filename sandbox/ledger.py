"""What owners' phones received: every accepted message, in order, and what of it came twice."""

from bisect import bisect_right
from collections import Counter
from typing import Any

import msgspec
import orjson

from sandbox import clock


class Message(msgspec.Struct, frozen=True, gc=False):
    """One accepted message; `values` is the JSON of {field: text} in the order it was sent."""

    msgid: int
    at: int
    account: str
    openid: str
    template_id: str
    page: str
    state: str
    values: str
    client_msg_id: str = ""

    def shown(self) -> dict[str, Any]:
        """For the control API; msgid as text, because JavaScript can't hold 64 bits."""
        return {
            "msgid": str(self.msgid),
            "sent_at": clock.text(self.at),
            "account": self.account,
            "openid": self.openid,
            "template_id": self.template_id,
            "page": self.page or None,
            "miniprogram_state": self.state,
            "data": orjson.loads(self.values),
        }


class Ledger:
    """Append-only; `items` is ordered by msgid."""

    def __init__(self) -> None:
        self.items: list[Message] = []
        self.by_openid: dict[str, list[Message]] = {}
        self.by_client_msg_id: dict[tuple[str, str], Message] = {}

    def add(self, message: Message) -> None:
        """Note one accepted message."""
        self.items.append(message)
        own = self.by_openid.get(message.openid)
        if own is None:
            self.by_openid[message.openid] = [message]
        else:
            own.append(message)
        if message.client_msg_id:
            self.by_client_msg_id[message.openid, message.client_msg_id] = message

    def select(self, openid: str | None, template_id: str | None, after: int) -> list[Message]:
        """Messages of an openid and template whose msgid is greater than `after`."""
        items = self.items if openid is None else self.by_openid.get(openid, [])
        start = bisect_right(items, after, key=lambda message: message.msgid)
        return [m for m in items[start:] if template_id is None or m.template_id == template_id]

    def summary(self, after: int, most: int) -> dict[str, Any]:
        """Counts, and groups of messages that an owner would call the same (WeChat itself has no client key)."""
        items = self.select(None, None, after)
        pairs = Counter((message.openid, message.template_id) for message in items)
        groups = duplicates(items)
        return {
            "accepted": len(items),
            "openids": len({openid for openid, _ in pairs}),
            "by_template": Counter(message.template_id for message in items),
            "by_openid_and_template": [
                {"openid": openid, "template_id": template_id, "count": count}
                for (openid, template_id), count in pairs.most_common(most)
            ],
            "duplicate_groups": len(groups),
            "duplicates": groups[:most],
        }


def duplicates(items: list[Message]) -> list[dict[str, Any]]:
    """Groups of more than one message with the same openid, template, data and page."""
    groups: dict[tuple[str, str, str, bytes], list[Message]] = {}
    for message in items:
        values = orjson.dumps(orjson.loads(message.values), option=orjson.OPT_SORT_KEYS)
        groups.setdefault((message.openid, message.template_id, message.page, values), []).append(message)
    return [
        {**group[0].shown(), "count": len(group), "msgids": [str(message.msgid) for message in group]}
        for group in groups.values()
        if len(group) > 1
    ]
