"""Finds wording that promises a subsidy, a loan or impunity, which only the law can give: nobody submits such a text.

What is quoted is not promised: words in quotation marks on a line that names the document in 《》, and what stands
inside 《》 itself. A clause's own words have their citation beside them, so there quotation marks alone will do.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from backend.eligibility import Finding, Rule
from backend.eligibility.tree import leaves

CODE: Final = "promise"
WORDED: Final = ("title", "summary", "benefit", "how_to_apply", "body", "correction")
# A certainty straight before what is hoped for: “保证贷款” is a kind of loan and “确保资金安全” a duty, no promises.
_PROMISE: Final = re.compile(
    "(保证|确保|承诺|一定|必定|必然|肯定|百分之?百|100%)(能|可以?|会|将)?(获|得|拿|享|发|给|通过|批|减|免|放款|不予?处?罚)"
    "|包(过|批|获批|通过)|(无条件|一律)(免罚|不予?处?罚|发放|放款)"
)
_NAME: Final = re.compile("《[^《》]*》")
_QUOTATION: Final = re.compile("“[^“”]*”|「[^「」]*」")
_LEFT_OUT: Final = "…"
_INSTEAD: Final = "像是承诺，请改为“可能符合”“依法可以”一类的说法；引用原文请加引号并写明《文件》。"


def promises(content: Mapping[str, Any], rule: Rule) -> Iterator[Finding]:
    """Find the promises in a policy's texts and in the words of its clauses; paths are those of the policy's fields."""
    for name in WORDED:
        yield from _found(name, content[name], is_cited=False)
    for one in in_rule(rule):
        yield Finding(one.code, f"rule{one.path.removeprefix('$')}", one.sentence, one.level)


def in_rule(rule: Rule) -> Iterator[Finding]:
    """Find the promises in the words of a rule's clauses; paths begin with `$`."""
    for leaf in leaves(rule.root):
        yield from _found(f"{leaf.path}.say", leaf.say, is_cited=True)


def _found(path: str, text: str, *, is_cited: bool) -> Iterator[Finding]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        place = f"第{number}行的" if len(lines) > 1 else ""
        for words in dict.fromkeys(one[0] for one in _PROMISE.finditer(_own_words(line, is_cited=is_cited))):
            yield Finding(CODE, path, f"{place}“{words}”{_INSTEAD}")


def _own_words(line: str, *, is_cited: bool) -> str:
    """Return a line without what it quotes and cites."""
    nameless = _NAME.sub(_LEFT_OUT, line)
    return _QUOTATION.sub(_LEFT_OUT, nameless) if is_cited or nameless != line else line
