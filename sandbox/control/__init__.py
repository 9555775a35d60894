"""The control API: what a test, a bench or a visitor of the page does to the stand-in; the list of it is ROUTES."""

from sandbox.control import callback, ledger, overview, owners, phones, switches
from sandbox.control.request import ControlHandler

ROUTES: tuple[tuple[str, str, ControlHandler], ...] = (
    ("GET", "/control/owners", owners.search),
    ("POST", "/control/owners", owners.create),
    ("POST", "/control/owners/crowd", owners.create_crowd),
    ("GET", "/control/owners/<name>", owners.show),
    ("PATCH", "/control/owners/<name>", owners.change),
    ("POST", "/control/owners/<name>/login-code", phones.login_code),
    ("POST", "/control/owners/<name>/phone-code", phones.phone_code),
    ("POST", "/control/owners/<name>/subscribe", phones.subscribe),
    ("POST", "/control/owners/<name>/settings", phones.change_settings),
    ("POST", "/control/owners/<name>/permits", phones.set_permits),
    ("POST", "/control/owners/<name>/authorization-cancel", phones.withdraw),
    ("GET", "/control/templates", overview.templates),
    ("GET", "/control/messages", ledger.messages),
    ("GET", "/control/ledger/summary", ledger.summary),
    ("GET", "/control/faults", switches.list_faults),
    ("POST", "/control/faults", switches.add_fault),
    ("DELETE", "/control/faults", switches.clear_faults),
    ("DELETE", "/control/faults/<number:int>", switches.remove_fault),
    ("GET", "/control/settings", switches.show),
    ("PATCH", "/control/settings", switches.change),
    ("POST", "/control/clock", switches.advance_clock),
    ("POST", "/control/tokens/end", switches.end_tokens),
    ("POST", "/control/reset", switches.reset),
    ("GET", "/control/pushes", callback.pushes),
    ("POST", "/control/pushes", callback.push),
    ("POST", "/control/callback/verify", callback.verify),
    ("GET", "/control/calls", overview.calls),
    ("GET", "/control/page", overview.page),
)
