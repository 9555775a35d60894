"""Where a policy may promise nothing: its texts and the words of its clauses (`eligibility/promises.py` knows how)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from backend.eligibility import Finding, Rule
from backend.eligibility.promises import in_rule, in_text

WORDED: Final = ("title", "summary", "benefit", "how_to_apply", "body", "correction")


def promises(content: Mapping[str, Any], rule: Rule) -> Iterator[Finding]:
    """Find the promises in a policy's texts and in the words of its clauses; paths are those of the policy's fields."""
    for name in WORDED:
        yield from in_text(name, content[name])
    for one in in_rule(rule):
        yield Finding(one.code, f"rule{one.path.removeprefix('$')}", one.sentence, one.level)
