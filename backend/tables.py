"""The model registry: the modules whose tables commands use through the ORM; the others' are used by SQL alone."""

MODELS = (
    "backend.enterprises.models",
    "backend.staff.models",
    "backend.policies.models",
    "backend.cases.models",
    "backend.questions.knowledge.models",
    "backend.questions.surveys.models",
    "backend.visits.models",
    "backend.financing.models",
    "backend.salons.models",
)
