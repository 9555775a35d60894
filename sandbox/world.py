"""All state of the stand-in, changed only through `commit`, so that the journal can replay it."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from sandbox import clock, templates
from sandbox.calls import Calls
from sandbox.codes import Codes
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.ledger import Ledger, Message
from sandbox.owners import Owners, demo_name, derive, derive_phone
from sandbox.pushed import Push, Pushes
from sandbox.settings import AccountSettings, Settings
from sandbox.sms import box as sms
from sandbox.sms.box import SmsBox, TextMessage
from sandbox.switches import Switches
from sandbox.templates import Templates
from sandbox.tokens import AccountKind, Tokens


class World:
    """One WeChat: two accounts, their users and everything that happened.

    Invariant: a change that must survive a restart is a record, written before its call is answered; `_apply` holds
    the one function for each kind of record, used live and at replay alike.
    """

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self.settings = settings
        self._seed = templates.load()
        self._sms_seed = sms.templates()
        self._journal = journal
        self.on_push: Callable[[Push], None] = lambda _push: None
        self._start_empty()
        journal.replay(lambda kind, values: self._apply[kind](*values))
        self._populate()

    def _start_empty(self) -> None:
        self.clock = clock.Clock()
        self.owners = Owners()
        self.codes = Codes()
        self.tokens = Tokens()
        self.templates = Templates(self._seed)
        self.ledger = Ledger()
        self.sms = SmsBox(self._sms_seed)
        self.pushes = Pushes()
        self.faults = Faults()
        self.calls = Calls()
        self.switches = Switches()
        self.sending: set[str] = set()
        self._last_number = self.clock.now() << 20  # a restart without a journal must not repeat an id
        self._apply: dict[str, Callable[..., None]] = {
            "owner": self.owners.put,
            "crowd": self.owners.put_crowd,
            "permit": self.owners.set_permit,
            "code": self.codes.issue,
            "code_used": self.codes.use,
            "token": self.tokens.grant,
            "token_shortened": self.tokens.shorten,
            "token_revoked": self.tokens.revoke,
            "token_forced": self.tokens.note_forced,
            "template": self.templates.put,
            "sent": self._apply_sent,
            "sms_template": self.sms.put_template,
            "sms_sent": self._apply_sms,
            "service_sent": self._apply_service_sent,
            "push": self._apply_push,
            "push_settled": self.pushes.settle,
            "switches": self._apply_switches,
            "clock": self.clock.advance,
        }

    def commit(self, kind: str, *values: Any) -> None:
        """Write the record, then apply it; values are plain JSON."""
        self._journal.append([kind, *values])
        self._apply[kind](*values)

    def reset(self) -> None:
        """Forget everything, also in the journal."""
        self._journal.clear()
        self._start_empty()
        self._populate()

    def _populate(self) -> None:
        for name in self.settings.owners:
            self.demo_owner(f"demo-{name}")

    def next_number(self) -> int:
        """The next msgid or push id: 64 bits, ascending."""
        self._last_number += 1
        return self._last_number

    def account(self, kind: AccountKind) -> AccountSettings:
        """The settings of one of the two accounts."""
        return self.settings.miniprogram if kind == "miniprogram" else self.settings.service

    def callback_url(self, kind: AccountKind | Literal["sms"]) -> str | None:
        """Where the account's events go now, or the SMS provider's reports."""
        if kind == "sms":
            switched = self.switches.sms_report_url
            return self.settings.sms.report_url if switched is None else switched or None
        switched = self.switches.callback_url if kind == "miniprogram" else self.switches.service_callback_url
        return self.account(kind).callback_url if switched is None else switched or None

    def demo_owner(self, code: str) -> str | None:
        """The openid of `demo-<name>`, who is made when first met; None when the text is nothing of the kind."""
        name = demo_name(code)
        if name is None:
            return None
        openid = derive("openid", name)
        if openid not in self.owners.by_openid:
            self.commit("owner", openid, {"name": name, "phone": derive_phone(name)})
        return openid

    def push(self, account: AccountKind, openid: str, event: str, body: dict[str, Any], delay: int = 0) -> int:
        """Have an event delivered, `delay` milliseconds from now; it is stored first."""
        at = self.clock.now() + delay
        number = self.next_number()
        self.commit("push", number, account, openid, event, at, body)
        return number

    def _apply_push(self, *values: Any) -> None:
        self._add_push(Push(*values))

    def _add_push(self, push: Push) -> None:
        self._last_number = max(self._last_number, push.number)
        self.pushes.add(push)
        self.on_push(push)

    def _apply_sent(self, *values: Any) -> None:
        """One accepted subscribe message: a credit less, a card on the phone, an event to push."""
        message = Message(*values)
        openid, template_id = message.openid, message.template_id
        self._last_number = max(self._last_number, message.msgid)
        self.owners.by_openid[openid].permit(template_id).use(clock.day(message.at))
        self.owners.touch(openid)
        self.ledger.add(message)
        switches = self.switches
        if switches.sent_events:
            item = {
                "TemplateId": template_id,
                "MsgID": str(message.msgid),
                "ErrorCode": switches.sent_error_code,
                "ErrorStatus": switches.sent_error_status,
            }
            due = message.at + switches.sent_delay_ms
            event = "subscribe_msg_sent_event"
            self._add_push(Push(message.msgid, "miniprogram", openid, event, due, {"items": [item]}))

    def _apply_service_sent(self, *values: Any) -> None:
        message = Message(*values)
        self._last_number = max(self._last_number, message.msgid)
        self.ledger.add(message)
        switches = self.switches
        if switches.sent_events:
            finished = {"MsgID": message.msgid, "Status": switches.service_sent_status}
            due = message.at + switches.sent_delay_ms
            self._add_push(Push(message.msgid, "service", message.openid, "TEMPLATESENDJOBFINISH", due, finished))

    def _apply_sms(self, *values: Any) -> None:
        message = TextMessage(*values)
        self._last_number = max(self._last_number, message.number)
        self.sms.add(message)
        if self.switches.sms_reports:
            report = message.reported(self.switches.sms_report_code)
            due = message.at + self.switches.sms_report_delay_ms
            self._add_push(Push(message.number, "sms", message.phone, "SmsReport", due, report))

    def _apply_switches(self, changes: dict[str, Any]) -> None:
        self.switches = msgspec.convert({**msgspec.to_builtins(self.switches), **changes}, Switches)
