"""What must be true after the story of the kills, by WeChat's own ledger and by our rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.journeys.broadcasting import CREDITS, KEYS, TITLES
from tests.journeys.killing import IN_FLIGHT, Plan, Told
from tests.support.killable import WORKERS, Killable

ENDED: Final = {"sent", "refused", "failed", "suppressed", "expired", "cancelled", "unknown_final"}

_DELIVERIES: Final = """
SELECT d.id, d.state, d.reason, d.msgid, d.kind, d.template_id, a.openid, d.data, d.attempts,
       d.settled_at = d.confirmed_at AS by_event, d.confirmed_at, d.onward, d.claim
FROM deliveries d JOIN addresses a ON a.id = d.address_id
"""
_INBOX: Final = """
SELECT kind, count(*) AS entries, count(DISTINCT (person_id, once)) AS things, count(DISTINCT person_id) AS people
FROM inbox GROUP BY kind
"""
_BROADCAST: Final = """
SELECT b.state, b.recipients, b.told, b.ended_at IS NOT NULL AS is_over,
       count(*) AS listed, count(r.told_at) AS marked, count(r.left_out) AS left_out,
       (SELECT count(*) FROM deliveries d WHERE d.broadcast_id = b.id) AS tries,
       (SELECT count(DISTINCT d.person_id) FROM deliveries d WHERE d.broadcast_id = b.id) AS tried,
       (SELECT count(*) FROM policy_recipients p WHERE p.broadcast_id = b.id AND p.told_at IS NOT NULL) AS by_policies
FROM broadcasts b JOIN broadcast_recipients r ON r.broadcast_id = b.id GROUP BY b.id
"""
_DRIFT: Final = """
SELECT c.address_id FROM credits c
WHERE c.balance <> (SELECT coalesce(sum(change), 0) FROM credit_entries e
                    WHERE e.address_id = c.address_id AND e.template_id = c.template_id)
   OR c.balance < 0
UNION ALL
SELECT address_id FROM credit_entries WHERE balance < 0
"""
_BALANCES: Final = """
SELECT a.openid, t.title, c.balance FROM credits c JOIN addresses a ON a.id = c.address_id
JOIN message_templates t ON t.template_id = c.template_id
"""
_EVENTS: Final = """
SELECT event ->> 'kind' AS kind, event ->> 'openid' AS openid, event -> 'items' AS items, handled_at IS NULL AS waits,
       (SELECT min(item ->> 'MsgID') FROM jsonb_array_elements(event -> 'items') AS item) AS msgid,
       (SELECT min(item ->> 'TemplateId') FROM jsonb_array_elements(event -> 'items') AS item) AS template_id,
       encode(dedupe_hash, 'hex') AS hash
FROM callback_events
"""
_HELD: Final = """
SELECT (SELECT count(*) FROM addresses WHERE claim IS NOT NULL) AS addresses,
       (SELECT count(*) FROM delivery_claims) AS claims, (SELECT count(*) FROM due_notes) AS notes,
       (SELECT count(*) FROM outbox WHERE state = 'pending' AND due_at <= now()) AS due,
       (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead
"""
_TITLE_OF: Final = "SELECT template_id, title FROM message_templates"


@dataclass(frozen=True)
class Verdict:
    """The figures of a story; `wrong` says what must not be, one sentence each."""

    kills: Mapping[str, int]
    messages: int
    sent: int
    received: int
    by_event: int
    unknown: int
    unknown_final: int
    lost: int
    doubled: int
    events: int
    given_up: int
    seconds: float
    settling: float
    waited: Mapping[str, int]
    wrong: tuple[str, ...]


@dataclass
class Court:
    """Everything that is judged, read once."""

    plan: Plan
    told: Told
    received: list[dict[str, Any]]
    pushes: dict[str, Any]
    deliveries: list[Any]
    inbox: dict[str, Any]
    broadcasts: list[Any]
    drift: list[Any]
    balances: list[Any]
    events: list[Any]
    held: Any
    titles: dict[str, str]
    bound: int

    @classmethod
    async def of(cls, service: Killable, plan: Plan, told: Told) -> "Court":
        ask = service.ask
        ended = sum(service.ended[one] for one in WORKERS)
        return cls(
            plan,
            told,
            service.control("GET", f"messages?limit={plan.all * 2}")["items"],
            service.control("GET", "pushes"),
            await ask(_DELIVERIES),
            {row["kind"]: row for row in await ask(_INBOX)},
            await ask(_BROADCAST),
            await ask(_DRIFT),
            await ask(_BALANCES),
            await ask(_EVENTS),
            (await ask(_HELD))[0],
            {row["template_id"]: row["title"] for row in await ask(_TITLE_OF)},
            IN_FLIGHT * (told.kills["worker"] + len(WORKERS) * told.kills["postgres"] + ended),
        )

    @property
    def finals(self) -> list[Any]:
        return [one for one in self.deliveries if one["state"] == "unknown_final"]

    def lost(self) -> list[str]:
        """Sent by our rows, and no phone has it."""
        there = {one["msgid"] for one in self.received}
        return [str(one["id"]) for one in self.deliveries if one["state"] == "sent" and one["msgid"] not in there]

    def doubled(self) -> list[str]:
        """The same words twice to one person, or two of our rows that claim one message of WeChat's."""
        words = Counter((one["openid"], one["template_id"], str(one["data"])) for one in self.received)
        numbers = Counter(one["msgid"] for one in self.deliveries if one["msgid"])
        return [str(key) for counted in (words, numbers) for key, count in counted.items() if count > 1]

    def sentences(self) -> Iterator[str]:
        """Say what is wrong."""
        yield from self._about_messages()
        yield from self._about_inbox()
        yield from self._about_broadcast()
        yield from self._about_events()
        yield from self._about_credits()
        if any(self.held.values()):
            yield f"something is still held or due: {dict(self.held)}"

    def _about_messages(self) -> Iterator[str]:
        if lost := self.lost():
            yield f"{len(lost)} are sent by our rows and nobody has them: {lost[:5]}"
        if doubled := self.doubled():
            yield f"{len(doubled)} were received or counted twice: {doubled[:5]}"
        open_ = [one for one in self.deliveries if one["state"] not in ENDED or one["claim"]]
        if open_:
            yield f"{len(open_)} have not ended: {open_[:3]}"
        bad = [one for one in self.deliveries if one["state"] not in {"sent", "unknown_final"} and _why(one)]
        if bad:
            yield f"{len(bad)} ended for a reason that is no kill's: {bad[:3]}"
        if len(self.deliveries) != self.plan.all:
            yield f"{self.plan.all} were told, {len(self.deliveries)} are to be delivered"
        numbers = {one["msgid"] for one in self.deliveries}
        strangers = [one["msgid"] for one in self.received if one["msgid"] not in numbers]
        if len(strangers) > len(self.finals):
            yield f"{len(strangers)} were received that none of our rows speaks of: {strangers[:5]}"
        unknown = len(self.told.unknown | {one["id"] for one in self.finals})
        if unknown > self.bound:
            yield f"{unknown} were unknown, at most {self.bound} can have been under way at the kills"

    def _about_inbox(self) -> Iterator[str]:
        for kind, count in (("policy_matched", self.plan.people), ("binding_result", self.plan.messages)):
            row = self.inbox.get(kind)
            if row is None or (row["entries"], row["things"]) != (count, count):
                yield f"the inbox has not exactly {count} of {kind}: {row}"
        if self.inbox and self.inbox["policy_matched"]["people"] != self.plan.people:
            yield "somebody's inbox lacks the broadcast"

    def _about_broadcast(self) -> Iterator[str]:
        [one] = self.broadcasts
        if one["state"] != "done" or not one["is_over"]:
            yield f"the broadcast is {one['state']}"
        figures = {one[name] for name in ("recipients", "told", "listed", "marked", "tries", "tried", "by_policies")}
        if figures != {self.plan.people} or one["left_out"]:
            yield f"the broadcast's figures differ: {dict(one)}"

    def _about_events(self) -> Iterator[str]:
        if waiting := sum(one["waits"] for one in self.events):
            yield f"{waiting} pushes are not handled"
        if len({one["hash"] for one in self.events}) != len(self.events):
            yield "a push is stored twice"
        if len(self.events) < self.pushes["delivered"]:
            yield f"{self.pushes['delivered']} pushes were answered, {len(self.events)} are stored"
        proved = {one["msgid"] for one in self.events if one["kind"] == "subscribe_msg_sent_event"}
        by_number = {one["msgid"]: one for one in self.deliveries}
        unproved = [number for number in proved if number not in by_number or not by_number[number]["confirmed_at"]]
        if unproved:
            yield f"{len(unproved)} events changed nothing: {unproved[:5]}"

    def _about_credits(self) -> Iterator[str]:
        """Each credit is one that somebody gave, less what phones have and what nobody can say of."""
        if self.drift:
            yield f"{len(self.drift)} balances are not proven, or went below nothing"
        popups = [one for one in self.events if one["kind"] == "subscribe_msg_popup_event"]
        given = Counter((one["openid"], self.titles[one["template_id"]]) for one in popups)
        spent = Counter((one["openid"], self.titles[one["template_id"]]) for one in self.received)
        there = {one["msgid"] for one in self.received}
        unsure = self._unsure(there)
        wrong = []
        for row in self.balances:
            pair = row["openid"], row["title"]
            if row["balance"] != CREDITS + given[pair] - spent[pair] - unsure[pair]:
                wrong.append((*pair, row["balance"], given[pair], spent[pair], unsure[pair]))
        if wrong:
            yield f"{len(wrong)} balances are not what was given less what was spent: {wrong[:3]}"
        taps = sum(self.told.taps.values())
        if not taps - self.pushes["given_up"] <= len(popups) <= taps:
            yield f"{taps} taps, {len(popups)} of them told, {self.pushes['given_up']} pushes given up"

    def _unsure(self, there: set[str]) -> Counter[tuple[str, str]]:
        """Count what was paid for and never came, by person and template."""
        finals = Counter((one["openid"], self.titles[one["template_id"]]) for one in self.finals)
        ours = {one["msgid"] for one in self.deliveries if one["msgid"]}
        strangers = [one for one in self.received if one["msgid"] in there - ours]
        return finals - Counter((one["openid"], self.titles[one["template_id"]]) for one in strangers)


def _why(one: Any) -> bool:
    """Who was told more than he had allowed is no kill's doing."""
    return (one["state"], one["reason"]) != ("suppressed", "no_credit")


async def judge(service: Killable, plan: Plan, told: Told) -> Verdict:
    """Read everything and weigh it."""
    court = await Court.of(service, plan, told)
    states = Counter(one["state"] for one in court.deliveries)
    return Verdict(
        kills=dict(told.kills),
        messages=plan.all,
        sent=states["sent"],
        received=len(court.received),
        by_event=sum(bool(one["by_event"]) for one in court.deliveries),
        unknown=len(told.unknown | {one["id"] for one in court.finals}),
        unknown_final=states["unknown_final"],
        lost=len(court.lost()),
        doubled=len(court.doubled()),
        events=len(court.events),
        given_up=court.pushes["given_up"],
        seconds=round(told.seconds, 1),
        settling=round(told.settling, 1),
        waited=dict(told.waited),
        wrong=tuple(court.sentences()),
    )


assert len(KEYS) == len(TITLES)
