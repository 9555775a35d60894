"""What a reader sees of a recipient's name."""

from typing import Any

from backend import runtime
from backend.foundation.secrets import Undecryptable, mask_name


def name_of(row: Any, *, is_open: bool) -> str:
    """Return the name in a row with `person_id` and `name_sealed`: whole, or the family name alone."""
    if row["name_sealed"] is None:
        return ""
    vault = runtime.current().vault
    try:
        name = vault.decrypt(row["name_sealed"], table="persons", column="name_sealed", row=row["person_id"])
    except Undecryptable:
        return "（无法读取）"
    return name if is_open else mask_name(name)
