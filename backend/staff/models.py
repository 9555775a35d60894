"""Tables: units, staff accounts and what each of them is granted."""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from backend.foundation.model import Model

# Used by plain SQL only.
TABLES = (
    "staff_passwords",
    "staff_recovery_codes",
    "staff_attempts",
    "staff_sessions",
    "staff_absences",
    "staff_skills",
    "staff_assignments",
)


class StaffState(StrEnum):
    ACTIVE = "active"
    LEFT = "left"


class Unit(Model):
    """A department or market-supervision office; `district` is the division code it serves."""

    name = fields.TextField()
    parent: fields.ForeignKeyNullableRelation["Unit"] = fields.ForeignKeyField(
        "wuwei.Unit", null=True, on_delete=fields.RESTRICT, related_name="children"
    )
    district = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "units"


class Staff(Model):
    """One account of one person; never deleted, because what he did stays signed by it."""

    login = fields.TextField()
    name = fields.TextField()
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "wuwei.Unit", null=True, on_delete=fields.RESTRICT, related_name="staff"
    )
    state = fields.TextField(default=StaffState.ACTIVE)
    password_hash = fields.TextField()
    must_change_password = fields.BooleanField()
    totp_secret = fields.BinaryField()
    totp_step = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()
    left_at = fields.DatetimeField(null=True)

    class Meta:
        table = "staff"


class StaffGrant(Model):
    """A role for a unit, districts, capabilities and a time; what is empty is not limited."""

    staff: fields.ForeignKeyRelation[Staff] = fields.ForeignKeyField(
        "wuwei.Staff", on_delete=fields.CASCADE, related_name="grants"
    )
    role = fields.TextField()
    unit: fields.ForeignKeyNullableRelation[Unit] = fields.ForeignKeyField(
        "wuwei.Unit", null=True, on_delete=fields.RESTRICT, related_name="grants"
    )
    districts = ArrayField(element_type="text", default=list)
    capabilities = ArrayField(element_type="text", default=list)
    granted_by: fields.ForeignKeyNullableRelation[Staff] = fields.ForeignKeyField(
        "wuwei.Staff", null=True, on_delete=fields.RESTRICT, related_name="given_grants", source_field="granted_by"
    )
    granted_at = fields.DatetimeField()
    until_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "staff_grants"
