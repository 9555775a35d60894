"""Tables that commands use row by row; enterprises and facts themselves go by SQL only (`facts.py`, `queries.py`)."""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from backend.foundation.model import Model

TABLES = (
    "enterprises",
    "facts",
    "admitted_uscc",
    "registry_uploads",
    "contact_kinds",
    "contact_settings",
    "contact_ceilings",
    "contact_approvals",
    "contact_plans",
    "contacts",
    "contact_people",
    "contact_merges",
)


CONTACT_CHANGED = "contact_changed"
"""Reason of a read-only binding: the registry names another representative or phone."""
PHONE_MOVED = "phone_moved"
"""Reason of a read-only binding: its holder lost the phone that he had verified, nothing else has changed."""
PHONE_REPLACED = "phone_replaced"
"""Reason of a representative's read-only binding: he lost that phone and has verified another one since."""


class BindingRole(StrEnum):
    REPRESENTATIVE = "representative"
    MANAGER = "manager"
    CLERK = "clerk"


class BindingState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    READ_ONLY = "read_only"
    ENDED = "ended"
    REFUSED = "refused"


class BindingBasis(StrEnum):
    """What a binding was granted on."""

    REGISTERED_PHONE = "registered_phone"
    REVIEW = "review"
    INVITATION = "invitation"
    COUNTER = "counter"


class ImportState(StrEnum):
    """How far a registry file got; those of the command line begin as running."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Person(Model):
    """An owner: somebody who signed in or was met by staff. Erased, it keeps only its id."""

    state = fields.TextField(default="active")
    name_sealed = fields.BinaryField(null=True)
    phone_sealed = fields.BinaryField(null=True)
    phone_index = fields.BinaryField(null=True)
    phone_verified_at = fields.DatetimeField(null=True)
    unionid = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    erased_at = fields.DatetimeField(null=True)

    class Meta:
        table = "persons"


class WeChatAccount(Model):
    """One openid of one of our appids; the session key is sealed and never leaves."""

    person_id = fields.UUIDField()
    appid = fields.TextField()
    openid = fields.TextField()
    unionid = fields.TextField(null=True)
    session_key_sealed = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()
    last_seen_at = fields.DatetimeField()

    class Meta:
        table = "wechat_accounts"


class Binding(Model):
    """Who may act for an enterprise; live in the states pending, active and read_only.

    `rests_on_contact`: proved by the registered phone or representative, to be proved again by `prove_by` when these
    change. `reason` tells why it is not in force, or how it ended.
    """

    person_id = fields.UUIDField()
    enterprise_id = fields.UUIDField()
    role = fields.CharEnumField(BindingRole, max_length=20)
    state = fields.CharEnumField(BindingState, max_length=20)
    basis = fields.CharEnumField(BindingBasis, max_length=20)
    rests_on_contact = fields.BooleanField(default=False)
    scope: fields.Field[list[str]] = ArrayField(element_type="text", default=list)
    licence_file_id = fields.UUIDField(null=True)
    invited_by = fields.UUIDField(null=True)
    until = fields.DatetimeField(null=True)
    prove_by = fields.DatetimeField(null=True)
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "bindings"


class RegistryImport(Model):
    """One registry file and how far it got.

    `leased_until`: a worker is at it; without one it is an operator's. `equals_id`: an earlier one of the same bytes.
    """

    file_name = fields.TextField()
    sha256 = fields.BinaryField()
    size_bytes = fields.BigIntField()
    as_of = fields.DateField()
    state = fields.CharEnumField(ImportState, max_length=20, default=ImportState.RUNNING)
    bytes_read = fields.BigIntField(default=0)
    ignored_columns: fields.Field[list[str]] = ArrayField(element_type="text", default=list)
    equals_id = fields.UUIDField(null=True)
    leased_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    problem = fields.TextField(null=True)
    resume_row = fields.BigIntField(default=0)
    rows_new = fields.BigIntField(default=0)
    rows_changed = fields.BigIntField(default=0)
    rows_same = fields.BigIntField(default=0)
    rows_bad = fields.BigIntField(default=0)
    error_file = fields.TextField(null=True)
    error_bytes = fields.BigIntField(default=0)
    actor_kind = fields.TextField()
    actor_id = fields.UUIDField(null=True)
    started_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "registry_imports"
