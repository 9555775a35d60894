"""Finds wording that promises a subsidy, a loan or impunity, which only the law can give: nobody submits such a text.

What is quoted is not promised: words in quotation marks on a line that names the document in 《》, and what stands
inside 《》 itself. A clause's own words have their citation beside them, so there quotation marks alone will do.

What is denied is not promised either (“无法保证获批”), if the denial stands in the same clause straight before it, with
nothing between them but to whom, how, and another certainty. A denial of a denial (“不能不保证”) is a promise.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from backend.eligibility.lint import Finding
from backend.eligibility.tree import Rule, leaves
from backend.foundation.errors import FieldError, Invalid

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
_CERTAIN: Final = "保证|确保|承诺|一定|必定|必然|肯定|百分百|百分之百|100%|无条件|一律"
_DENIAL: Final = (
    "(?:不能够|不可能|不可以|不允许|不应当|不应该|不见得|不会|不能|不得|不可|不应|不该|不敢|不宜|不予|不要|不许|不准|不再|不曾|不是"
    "|不用|不|无法|无从|无权|无力|没有|没法|没办法|未曾|未必|未能|未|难以|很难|切勿|请勿|勿|严禁|禁止|拒绝|谨防|警惕|并非|绝非|决非"
    "|是否|能否|可否|会否)"
)
# What may stand between a denial and what it denies: anything else begins another thought (“不用担心，保证…”).
_BETWEEN: Final = (
    "(?:等于|代表|意味着|表示|视为|构成|存在|相信|轻信|听信|宣称|宣传|声称|作出|做出|作|做|给出|给予|出具|提供|任何|所谓|的"
    "|(?:向|对|为|替|给|跟|就)(?:您|你|贵公司|贵单位|企业|申请人|申请单位|个人|经营者|当事人|任何|其|他|她|它|客户|借款人|结果|此)"
    "|您|你们|你|我们|我|贵公司|企业|申请人|机构|中介|单位|人|个人|谁|哪家"
    "|能够|可以|可|能|会|敢|事先|提前|预先|完全|绝对|随意|擅自|私自|轻易|直接|明确|口头|书面|公开|对外|再|也|都|在此|现在|目前)"
)
_DENIES: Final = re.compile(f"{_DENIAL}(?:{_BETWEEN}|{_CERTAIN})*$")
_DENIED_ITSELF: Final = re.compile("(?:不能|不会|不可|不可能|不得|不是|没有|并非|绝非|决非|无|莫|不)$")
_NEAR: Final = 40
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
        found = (one for one in _PROMISE.finditer(own) if not _is_denied(own[: one.start()]))
        for words in dict.fromkeys(re.sub(_BREAK, "", one[0]) for one in found):
            yield Finding(CODE, path, f"{place}“{words}”{_INSTEAD}")


def refuse(*, is_cited: bool = False, **texts: str) -> None:
    """Raise Invalid, naming each promise, for texts by the names of their fields."""
    wrong = [one for path, text in texts.items() for one in in_text(path, text, is_cited=is_cited)]
    if wrong:
        raise Invalid(fields=tuple(FieldError(one.path, one.code, one.sentence) for one in wrong))


def _is_denied(before: str) -> bool:
    """Tell whether what stands before a promise denies it, once and not twice."""
    near = before[-_NEAR:].replace(" ", "")
    denial = _DENIES.search(near)
    return denial is not None and _DENIED_ITSELF.search(near[: denial.start()]) is None


def _visible(text: str) -> str:
    """Return a text as it looks: one form of each character, without those that show nothing."""
    plain = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n").replace("…", "。"))
    return "".join(one for one in plain if unicodedata.category(one) not in _INVISIBLE)


def _closed(gap: re.Match[str]) -> str:
    """Close a gap beside a character that stands alone, as in “一 定 能”; keep what may end a clause."""
    line, (begins, ends) = gap.string, gap.span()
    if line[begins - 1] == "不" and _DIVIDES.search(gap[0]):
        return gap[0]  # “不，…” denies what was asked before, not what follows
    if not _is_han(line[begins - 2 : begins - 1]) or not _is_han(line[ends + 1 : ends + 2]):
        return ""
    return gap[0] if _DIVIDES.search(gap[0]) else " "


def _is_han(one: str) -> bool:
    return re.fullmatch(_HAN, one) is not None


def _own_words(line: str, *, is_cited: bool) -> str:
    """Return a line without what it quotes and cites."""
    nameless = _NAME.sub(_LEFT_OUT, line)
    return _QUOTATION.sub(_LEFT_OUT, nameless) if is_cited or nameless != line else line
