"""Consents: which text in which version a person agreed to, when, and when he took it back."""

from backend.consents.errors import ConsentNeeded, TextChanged
from backend.consents.profiling import NOT_REFUSED, allow, is_refused, refuse
from backend.consents.service import Consent, give, given_by, latest, mine, require, revoke, revoke_one
from backend.consents.texts import Text, text

__all__ = [
    "NOT_REFUSED",
    "Consent",
    "ConsentNeeded",
    "Text",
    "TextChanged",
    "allow",
    "give",
    "given_by",
    "is_refused",
    "latest",
    "mine",
    "refuse",
    "require",
    "revoke",
    "revoke_one",
    "text",
]
