"""The part of the HTTP surface that is about the ledger of contacts."""

from typing import Final

from miniprogram_api.endpoint import Endpoint
from miniprogram_api.enterprises import contact_plans, contacts

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
    ("POST", "/api/staff/v1/inspections", contact_plans.enter),
    ("GET", "/api/staff/v1/contact-plans", contact_plans.plans),
    ("POST", "/api/staff/v1/contact-plans", contact_plans.plan),
    ("POST", "/api/staff/v1/contact-plans/<plan_id:uuid>/cancel", contact_plans.call_off),
    ("GET", "/api/staff/v1/contact-approvals", contact_plans.approvals),
    ("POST", "/api/staff/v1/contact-approvals", contact_plans.ask),
    ("POST", "/api/staff/v1/contact-approvals/<approval_id:uuid>/decide", contact_plans.decide),
    ("GET", "/api/staff/v1/contact-merges", contact_plans.merges),
    ("POST", "/api/staff/v1/contact-merges/<merge_id:uuid>/accept", contact_plans.accept),
    ("POST", "/api/staff/v1/contact-merges/<merge_id:uuid>/decline", contact_plans.decline),
    ("GET", "/api/staff/v1/contact-settings", contact_plans.show_limits),
    ("PUT", "/api/staff/v1/contact-settings", contact_plans.set_limits),
)
