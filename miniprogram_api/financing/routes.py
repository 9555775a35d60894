"""The part of the HTTP surface that is about financing."""

from typing import Final

from miniprogram_api.endpoint import Endpoint
from miniprogram_api.financing import evidence, figures, oversight, owner, partner, products, staff

_MINE: Final = "/api/owner/v1/financing-applications/<application_id:uuid>"
_CONSENT: Final = "/api/owner/v1/financing-consents/<consent_id:uuid>"
_ONE: Final = "/api/staff/v1/financing-applications/<application_id:uuid>"
_BANK: Final = "/api/staff/v1/financing-institutions/<institution_id:uuid>"
_DESK: Final = "/api/staff/v1/financing-desks/<desk_id:uuid>"
_PRODUCT: Final = "/api/staff/v1/financing-products/<product_id:uuid>"
_REFERRAL: Final = "/api/partner/v1/referrals/<referral_id:uuid>"
_LISTING: Final = "/api/partner/v1/listings/<listing_id:uuid>"

SURFACE: Final[tuple[tuple[str, str, Endpoint], ...]] = (
    ("GET", "/api/public/v1/financing-products", products.live),
    ("GET", "/api/public/v1/financing-proof-key", products.key),
    ("GET", "/api/owner/v1/financing-choices", owner.choices),
    ("GET", "/api/owner/v1/financing-applications", owner.mine),
    ("POST", "/api/owner/v1/financing-applications", owner.draft),
    ("GET", _MINE, owner.show),
    ("PUT", _MINE, owner.edit),
    ("POST", f"{_MINE}/submit", owner.submit),
    ("POST", f"{_MINE}/withdraw", owner.withdraw),
    ("GET", f"{_MINE}/order", owner.order),
    ("GET", f"{_MINE}/offers", owner.compare),
    ("GET", f"{_MINE}/reads", owner.reads),
    ("POST", f"{_MINE}/consents", owner.sign),
    ("POST", f"{_MINE}/evidence", evidence.add),
    ("DELETE", f"{_MINE}/evidence/<evidence_id:uuid>", evidence.remove),
    ("POST", f"{_CONSENT}/revoke", owner.revoke),
    ("GET", f"{_CONSENT}/proof", owner.prove),
    ("POST", "/api/owner/v1/financing-referrals/<referral_id:uuid>/renewal", owner.renew),
    ("POST", "/api/owner/v1/financing-referrals/<referral_id:uuid>/second-look", owner.ask_again),
    ("POST", "/api/staff/v1/financing-referrals/<referral_id:uuid>/mediate", staff.mediate),
    ("GET", "/api/staff/v1/financing-applications", staff.listed),
    ("GET", _ONE, staff.show),
    ("GET", f"{_ONE}/offers", staff.compare),
    ("GET", f"{_ONE}/reads", staff.reads),
    ("GET", f"{_ONE}/order", oversight.order),
    ("GET", "/api/staff/v1/financing-referrals", oversight.referrals),
    ("POST", "/api/staff/v1/financing-typical-costs", oversight.typical),
    ("GET", "/api/staff/v1/financing-figures", figures.funnel),
    ("GET", "/api/staff/v1/financing-neutrality", figures.neutrality),
    ("GET", "/api/staff/v1/financing-ip-pledges", figures.pledged),
    ("GET", "/api/staff/v1/financing-institutions", staff.banks),
    ("POST", "/api/staff/v1/financing-institutions", staff.add_bank),
    ("PUT", _BANK, staff.edit_bank),
    ("GET", f"{_BANK}/assessments", oversight.assessments),
    ("POST", f"{_BANK}/assessments", staff.assess),
    ("POST", f"{_BANK}/desks", staff.open_desk),
    ("POST", f"{_DESK}/close", staff.close_desk),
    ("POST", f"{_DESK}/people", staff.join),
    ("DELETE", f"{_DESK}/people/<staff_id:uuid>", staff.part),
    ("GET", "/api/staff/v1/financing-clients", oversight.keys),
    ("POST", "/api/staff/v1/financing-clients", staff.issue_client),
    ("DELETE", "/api/staff/v1/financing-clients/<client_id:uuid>", staff.revoke_client),
    ("GET", "/api/staff/v1/financing-lprs", staff.rates),
    ("POST", "/api/staff/v1/financing-lprs", staff.note_rate),
    ("POST", "/api/staff/v1/financing-lprs/verify", staff.verify_rate),
    ("GET", "/api/staff/v1/financing-terms", staff.terms),
    ("PUT", "/api/staff/v1/financing-terms/<key:str>", staff.change_term),
    ("GET", "/api/staff/v1/financing-products", products.listed),
    ("POST", "/api/staff/v1/financing-products", products.draft),
    ("GET", _PRODUCT, products.show),
    ("PUT", _PRODUCT, products.edit),
    ("POST", f"{_PRODUCT}/publish", products.publish),
    ("POST", f"{_PRODUCT}/withdraw", products.withdraw),
    ("POST", "/api/partner/v1/sessions", partner.sign_in),
    ("DELETE", "/api/partner/v1/sessions/current", partner.sign_out),
    ("POST", "/api/partner/v1/password", partner.change_password),
    ("GET", "/api/partner/v1/me", partner.me),
    ("GET", "/api/partner/v1/notices", partner.notices),
    ("POST", "/api/partner/v1/notices/read", partner.mark_read),
    ("GET", "/api/partner/v1/listings", partner.listings),
    ("POST", f"{_LISTING}/signal", partner.signal),
    ("DELETE", f"{_LISTING}/signal", partner.take_back),
    ("GET", "/api/partner/v1/referrals", partner.referrals),
    ("GET", _REFERRAL, partner.show),
    ("POST", f"{_REFERRAL}/reading", partner.read),
    ("POST", f"{_REFERRAL}/accept", partner.accept),
    ("POST", f"{_REFERRAL}/contact", partner.contact),
    ("POST", f"{_REFERRAL}/investigate", partner.investigate),
    ("POST", "/api/partner/v1/offer-costs", partner.reckon),
    ("POST", f"{_REFERRAL}/offer", partner.offer),
    ("POST", f"{_REFERRAL}/refuse", partner.refuse),
    ("POST", f"{_REFERRAL}/evidence/<evidence_id:uuid>/reading", evidence.open_paper),
    ("POST", f"{_REFERRAL}/second-look", partner.answer_again),
    ("POST", f"{_REFERRAL}/draw", partner.draw),
)
