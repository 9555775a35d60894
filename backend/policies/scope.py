"""What a clerk must be allowed to for an enterprise to read and answer about policies there; one word for all of it."""

from typing import Final

SCOPE: Final = "policies"

IN_SCOPE: Final = f"(b.role <> 'clerk' OR '{SCOPE}' = ANY(b.scope))"
"""SQL over a binding `b`: everybody but a clerk may everything; a clerk what his scope names."""
