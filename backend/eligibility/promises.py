"""Finds wording that promises a subsidy, a loan or impunity, which only the law can give: nobody submits such a text.

What is quoted is not promised: words in quotation marks on a line that names the document in 《》, and what stands
inside 《》 itself. A clause's own words have their citation beside them, so there quotation marks alone will do.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from backend.eligibility.lint import Finding
from backend.eligibility.tree import Rule, leaves

CODE: Final = "promise"
# Between Chinese characters stands what may end a clause, or what (any other that is no letter) only pulls them apart.
_HAN: Final = "[〇\u3400-\u9fff\U00020000-\U0003ffff]"
_CLAUSE: Final = "[-,.。;:、!?()\\[\\]{}<>〈〉【】〔〕“”‘’「」『』\"'—/]"
_GAP: Final = re.compile(f"(?<={_HAN})(?:(?![《》…])[\\W_])+(?={_HAN})")
_DIVIDES: Final = re.compile(r"[,。;:、!?()\[\]{}<>〈〉【】〔〕“”‘’「」『』\"—/]|\.\.")
_INVISIBLE: Final = frozenset({"Cf", "Mn", "Me"})
_BREAK: Final = f"(?:{_CLAUSE}| )*"


def _pulled(words: str) -> str:
    """Return the pattern of words, told apart by `|`, that may be pulled apart: no clause ends within a word."""
    return "|".join(_BREAK.join(word) for word in words.split("|"))


# A certainty straight before what is hoped for: “保证贷款” is a kind of loan and “确保资金安全” a duty, no promises.
# A clause may end after it (“作出书面承诺，给予…”), so only a blank may stand between the two.
_PROMISE: Final = re.compile(
    f"({_pulled('保证|确保|承诺|一定|必定|必然|肯定|百分百|百分之百')}|100%) ?"
    f"(({_pulled('能|可以|可|会|将')}) ?)?"
    f"(获|得|拿|享|发|给|批|减|免|{_pulled('通过|放款|不予处罚|不予罚|不处罚|不罚')})"
    f"|包(过|批|{_pulled('获批|通过')})"
    f"|({_pulled('无条件|一律')}) ?({_pulled('免罚|不予处罚|不予罚|不处罚|不罚|发放|放款')})"
)
_NAME: Final = re.compile("《[^《》]*》")
_QUOTATION: Final = re.compile("“[^“”]*”|「[^「」]*」")
_LEFT_OUT: Final = "…"
_INSTEAD: Final = "像是承诺，请改为“可能符合”“依法可以”一类的说法；引用原文请加引号并写明《文件》。"


def in_rule(rule: Rule) -> Iterator[Finding]:
    """Find the promises in the words of a rule's clauses; paths begin with `$`."""
    for leaf in leaves(rule.root):
        yield from in_text(f"{leaf.path}.say", leaf.say, is_cited=True)


def in_text(path: str, text: str, *, is_cited: bool = False) -> Iterator[Finding]:
    """Find the promises in a text that stands at a path; `is_cited`: its citation stands beside it."""
    lines = _visible(text).split("\n")
    for number, line in enumerate(lines, 1):
        place = f"第{number}行的" if len(lines) > 1 else ""
        own = _GAP.sub(_closed, _own_words(line, is_cited=is_cited))
        for words in dict.fromkeys(re.sub(_BREAK, "", one[0]) for one in _PROMISE.finditer(own)):
            yield Finding(CODE, path, f"{place}“{words}”{_INSTEAD}")


def _visible(text: str) -> str:
    """Return a text as it looks: one form of each character, without those that show nothing."""
    plain = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n").replace("…", "。"))
    return "".join(one for one in plain if unicodedata.category(one) not in _INVISIBLE)


def _closed(gap: re.Match[str]) -> str:
    """Close a gap beside a character that stands alone, as in “一 定 能”; keep what may end a clause."""
    line, (begins, ends) = gap.string, gap.span()
    if not _is_han(line[begins - 2 : begins - 1]) or not _is_han(line[ends + 1 : ends + 2]):
        return ""
    return gap[0] if _DIVIDES.search(gap[0]) else " "


def _is_han(one: str) -> bool:
    return re.fullmatch(_HAN, one) is not None


def _own_words(line: str, *, is_cited: bool) -> str:
    """Return a line without what it quotes and cites."""
    nameless = _NAME.sub(_LEFT_OUT, line)
    return _QUOTATION.sub(_LEFT_OUT, nameless) if is_cited or nameless != line else line
