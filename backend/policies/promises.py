"""Finds wording that promises a subsidy, a loan or impunity, which only the law can give; a reviewer softens it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from backend.eligibility import Finding, Rule
from backend.eligibility.tree import leaves

WORDED: Final = ("title", "summary", "benefit", "how_to_apply", "body")
# A certainty straight before what is hoped for: “保证贷款” is a kind of loan and “确保资金安全” a duty, no promises.
_PROMISE: Final = re.compile(
    "(保证|确保|承诺|一定|必定|必然|肯定|百分之?百|100%)(能|可以?|会|将)?(获|得|拿|享|发|给|通过|批|减|免|放款|不予?处?罚)"
    "|包(过|批|获批|通过)|(无条件|一律)(免罚|不予?处?罚|发放|放款)"
)


def promises(content: Mapping[str, Any], rule: Rule) -> Iterator[Finding]:
    """Find at most one promise in each text and in each clause's own words; paths are those of the policy's fields."""
    says = [(f"rule{leaf.path.removeprefix('$')}.say", leaf.say) for leaf in leaves(rule.root)]
    for path, text in [*((name, content[name]) for name in WORDED), *says]:
        found = _PROMISE.search(text)
        if found:
            sentence = f"“{found[0]}”像是承诺，请改为“可能符合”“依法可以”一类的说法，并以依据为准。"
            yield Finding("promise", path, sentence)
