"""The model registry: every module with tables, as the ORM and the migrations know them."""

MODELS = (
    "backend.outbox.models",
    "backend.audit.models",
    "backend.files.models",
    "backend.consents.models",
    "backend.enterprises.models",
    "backend.staff.models",
    "backend.identity.models",
    "backend.policies.models",
    "backend.notifications.models",
)
