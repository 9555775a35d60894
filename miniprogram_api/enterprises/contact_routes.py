"""The part of the HTTP surface that is about the ledger of contacts."""

from typing import Final

from miniprogram_api.endpoint import Endpoint
from miniprogram_api.enterprises import contacts

_MINE: Final = "/api/owner/v1/enterprises/<enterprise_id:uuid>/contacts"

SURFACE: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("GET", _MINE, contacts.own),
    ("POST", f"{_MINE}/<contact_id:uuid>/objection", contacts.object_to),
    ("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/contacts", contacts.of_enterprise),
    ("GET", "/api/staff/v1/contacts", contacts.listed),
    ("GET", "/api/staff/v1/contacts/export", contacts.export),
    ("GET", "/api/staff/v1/contacts/over-ceiling", contacts.over),
    ("POST", "/api/staff/v1/contacts/<contact_id:uuid>/strike", contacts.strike),
    ("GET", "/api/staff/v1/contact-figures", contacts.year),
    ("GET", "/api/staff/v1/contact-figures/export", contacts.export_year),
    ("POST", "/api/staff/v1/inspections", contacts.enter),
    ("GET", "/api/staff/v1/contact-plans", contacts.plans),
    ("POST", "/api/staff/v1/contact-plans", contacts.plan),
    ("POST", "/api/staff/v1/contact-plans/<plan_id:uuid>/cancel", contacts.call_off),
    ("GET", "/api/staff/v1/contact-approvals", contacts.approvals),
    ("POST", "/api/staff/v1/contact-approvals", contacts.ask),
    ("POST", "/api/staff/v1/contact-approvals/<approval_id:uuid>/decide", contacts.decide),
    ("GET", "/api/staff/v1/contact-merges", contacts.merges),
    ("POST", "/api/staff/v1/contact-merges/<merge_id:uuid>/accept", contacts.accept),
    ("POST", "/api/staff/v1/contact-merges/<merge_id:uuid>/decline", contacts.decline),
    ("GET", "/api/staff/v1/contact-settings", contacts.show_limits),
    ("PUT", "/api/staff/v1/contact-settings", contacts.set_limits),
)
