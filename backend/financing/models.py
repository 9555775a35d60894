"""Tables: applications, referrals and versions of products row by row for commands; all else goes by SQL."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from backend.financing.states import ApplicationState, ReferralState, VersionState
from backend.foundation.model import Model

TABLES = (
    "financing_terms",
    "financing_lprs",
    "financing_institutions",
    "financing_assessments",
    "financing_desks",
    "financing_desk_people",
    "financing_products",
    "financing_matches",
    "financing_signals",
    "financing_evidence",
    "financing_consents",
    "financing_offers",
    "financing_second_looks",
    "financing_clients",
    "financing_nonces",
    "financing_events",
    "financing_reads",
)


class ProductVersion(Model):
    """One edition of a product; what is published is never written over."""

    product_id = fields.UUIDField()
    edition = fields.IntField()
    state = fields.CharEnumField(VersionState)
    name = fields.TextField()
    summary = fields.TextField()
    collateral = ArrayField(element_type="text")
    repayments = ArrayField(element_type="text")
    amount_min_wan = fields.DecimalField(max_digits=12, decimal_places=4)
    amount_max_wan = fields.DecimalField(max_digits=12, decimal_places=4)
    months_min = fields.IntField()
    months_max = fields.IntField()
    rate_kind = fields.TextField()
    rate_min_percent = fields.DecimalField(max_digits=6, decimal_places=4, null=True)
    rate_max_percent = fields.DecimalField(max_digits=6, decimal_places=4, null=True)
    lpr_tenor = fields.TextField(null=True)
    bp_min = fields.IntField(null=True)
    bp_max = fields.IntField(null=True)
    day_count = fields.TextField()
    fees = fields.JSONField[list[dict[str, Any]]](default=list)
    materials = ArrayField(element_type="text", default=list)
    is_follow_on = fields.BooleanField(default=False)
    rule = fields.JSONField[dict[str, Any]]()
    rule_hash = fields.TextField()
    source = fields.TextField()
    valid_from = fields.DateField()
    valid_until = fields.DateField()
    author_id = fields.UUIDField(null=True)
    written_at = fields.DatetimeField()
    publisher_id = fields.UUIDField(null=True)
    published_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(default="")

    class Meta:
        table = "financing_product_versions"


class Application(Model):
    """An owner's need. Its moves go through `writing.py`, never by assignment."""

    number = fields.TextField()
    enterprise_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    state = fields.CharEnumField(ApplicationState)
    amount_wan = fields.DecimalField(max_digits=12, decimal_places=4)
    months = fields.IntField()
    purpose = fields.TextField()
    collateral = ArrayField(element_type="text")
    repayment = fields.TextField(null=True)
    standards = fields.JSONField[dict[str, Any]](default=dict)
    district = fields.TextField(null=True)
    size = fields.TextField(null=True)
    seed = fields.TextField()
    listing_id = fields.UUIDField()
    is_listed = fields.BooleanField(default=True)
    shown_district = fields.TextField(null=True)
    shown_industry = fields.TextField(null=True)
    shown_size = fields.TextField(null=True)
    shown_k = fields.IntField(default=0)
    shown_collateral = ArrayField(element_type="text", default=list)
    follows_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)
    matched_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.TextField(default="")
    version = fields.BigIntField(default=1)

    class Meta:
        table = "financing_applications"


class Referral(Model):
    """One application at one bank, under one consent."""

    number = fields.TextField()
    application_id = fields.UUIDField()
    institution_id = fields.UUIDField()
    desk_id = fields.UUIDField()
    version_id = fields.UUIDField()
    consent_id = fields.UUIDField()
    state = fields.CharEnumField(ReferralState)
    position = fields.IntField()
    district = fields.TextField(null=True)
    routed_at = fields.DatetimeField(null=True)
    accept_by = fields.DatetimeField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    decide_by = fields.DatetimeField(null=True)
    contacted_at = fields.DatetimeField(null=True)
    decided_at = fields.DatetimeField(null=True)
    draw_by = fields.DatetimeField(null=True)
    handler_id = fields.UUIDField(null=True)
    refusal_code = fields.TextField(null=True)
    refusal_words = fields.TextField(default="")
    refusal_remedy = fields.TextField(default="")
    end_reason = fields.TextField(default="")
    drawn_on = fields.DateField(null=True)
    drawn_wan = fields.DecimalField(max_digits=12, decimal_places=4, null=True)
    due_on = fields.DateField(null=True)
    noted_at = fields.DatetimeField(null=True)
    confirm_by = fields.DatetimeField(null=True)
    contested_at = fields.DatetimeField(null=True)
    reminded_at = fields.DatetimeField(null=True)
    late_told_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    version = fields.BigIntField(default=1)

    class Meta:
        table = "financing_referrals"
