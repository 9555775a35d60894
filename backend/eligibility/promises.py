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


_CERTAINTY: Final = (
    f"(?:{_pulled('保证|确保|承诺|必定|必然|肯定|百分百|百分之百|铁定|准保|包管|包您|包你')}|100%"
    # “有一定发展”, “给予一定减免” and “在一定条件下” are some, none is certain.
    f"|{_pulled('一定')}(?= ?[能会可将])"
    f"|(?<!予以|需要|超过|经过|取得|获得)(?<![有予给受备到在按供成]){_pulled('一定')})"
)
# “通过” ends a thought or names who looks; before anything else it only says by which way: “一律通过平台申报”.
_LOOKED_AT: Final = "审核|审批|评审|初审|复审|终审|认定|授信|申请|申报"
_PASSED: Final = f"{_pulled('通过')}(?=[了的啦哦吧呢 ,.。;:、!?)”’]|[“‘]?(?:{_LOOKED_AT})(?!之?[后前时日])|$)"
# A certainty straight before what is hoped for: “保证贷款” is a kind of loan and “确保资金安全” a duty, no promises.
# A clause may end after it (“作出书面承诺，给予…”), so only a blank may stand between the two.
_PROMISE: Final = (
    f"{_CERTAINTY} ?"
    f"(?:(?:{_pulled('能够|能|可以|可|会|将')}) ?)?"
    "(?:获(?![取悉知奖]|得感|得[^,。;]{1,10}后(?:方|再|应|须|按|[一二两三]年))"
    "|得(?=补[贴助偿]|奖(?!状)|贷(?!款前)|款|实惠|到(?!现场|窗口|妥善|落实|有效|解决|处理|保障|保护|回应))"
    "|拿(?!出)|享(?!受[^,。;]{0,8}期间)|发(?![展挥生现布扬掘言动改育票明行起货文])"
    "|给(?!排?水|出|[予您你]{0,2}(?:一个)?(?:满意的)?[答回说])|批(?![发次量评注改]|准后)"
    "|减(?![少轻排速灾量弱缓负]|税降费|免政策)|免(?![受疫遭费押]|申即享)"
    f"|{_PASSED}|{_pulled('放款|不予处罚|不予罚|不处罚|不罚')})"
)
# The same with words between: whose money comes, when, of which kind. Only these, for anything else may be a duty or
# another thought: “保证金到账后”, “一定额度内放款”.
_CAN: Final = "能够|能|可以|可|会|将|就|都|也|让|帮|给|替|为|把|使|由"
_WHOM: Final = (
    "您|你们|你|贵公司|贵企业|企业|申请人|申报人|商户|客户|店铺|本店|每家|每户|人人|大家|个体户|经营者|小微企业"
)
_WHEN: Final = (
    "及时|按时|按期|准时|足额|全额|如数|如期|尽快|很快|马上|立即|立刻|立马|当天|当日|次日|隔天|即时|秒速|顺利|最终|成功|全部"
    "|一次性|一次"
    "|年底前|月底前|年内|月内|本月|本周|[0-9一二两三四五六七八九十几半]+个?(?:工作日|自然日|天|日|小时|分钟|周|星期|月)(?:之?内)?"
)
_WHAT: Final = (
    "(?:这笔|该笔|全部|所有|财政|专项|政策|创业|稳岗|惠企|扶持|银行|首笔|信用)?"
    "(?:补贴|补助|补偿|奖补|奖励|奖金|贴息|资金|款项|贷款|授信|额度|减免|退税|返还|退费|申请|申报|审批|审核|项目|款|钱)"
    "(?:款项|资金|金|款)?的?"
)
_COMES: Final = (
    _PASSED
    + "|"
    + _pulled(
        "到账|到帐|入账|入帐|到手|打到|发到|打款|下款|放款|获批|批下来|办下来|批准|核准|过审|拿到|拿下|领到|贷到|贷出"
        "|申请到|办成|批给|发给"
    )
)
# Of money alone: whether people, measures and equipment are in place is no promise of a subsidy.
_FUNDS: Final = f"(?:{_COMES}|{_pulled('到位|下来|发放|拨付|兑付|兑现|成功|没问题|没有问题|发下来|下达')})"
# What follows makes it a time or a measure, not a promise: “保证贷款获批后”, “通过率”.
_NO_TIME: Final = (
    "(?!之?[后前时日]|以[后前]|的[时日]|情况|与否|时间|日期|进度|金额|账户|账号|准确|公开|安全|规范|工作|对象|流程)"
)
_STEP: Final = f"(?:{_CAN}|{_WHOM}|{_WHEN})的? ?"
_STEPS: Final = f"(?:{_STEP}){{0,4}}"
_SURE: Final = f"(?:{_pulled('保证|确保|承诺|铁定|百分百|百分之百|绝对')}|100%)"
_LATER: Final = (
    f"{_SURE}[:]? ?{_STEPS}{_WHAT} ?{_STEPS}{_FUNDS}{_NO_TIME}"
    f"|(?:{_CERTAINTY}|{_pulled('绝对')})[:]? ?{_STEPS}(?:{_COMES}){_NO_TIME}"
    # “一定补贴” is some subsidy: after that word somebody or something must be said to do it.
    f"|{_CERTAINTY} ?(?:{_STEP}){{1,4}}{_WHAT} ?{_STEPS}{_FUNDS}{_NO_TIME}"
    f"|{_WHAT}{_CERTAINTY} ?{_STEPS}{_FUNDS}{_NO_TIME}"
)
_LATER_ALONE: Final = re.compile(_LATER)
# Offices tell each other to see to it: what must be done is no word to an owner about his own case.
_DUTY: Final = re.compile(
    "(?:要|应当|应该|应|须|必须|务必|切实|着力|努力|力争|旨在|以|为了|负责|督促)$"
    "|(?:部门|机关|单位|乡镇|街道|机构|各地|各级)[^。;!?]{0,20}(?<![只主重])(?:要|应|须|负责|加强|督促)[^。;!?]{0,20},$"
)
_DUTIES: Final = ("保证", "确保")
# What an enterprise itself binds itself to, which is asked of whoever applies: “企业承诺享受补贴后不迁出”.
_OWN_WORD: Final = re.compile(
    "(?<![向对给为让替帮与本])(?:企业|申请人|申请单位|申报单位|项目单位|用人单位|借款人|房东)"
    "(?:应当|应|需要|需|必须|须)?(?:书面|公开)?$"
    # or the word as a thing: “凭承诺享受”, “提供保证获得贷款”
    "|(?:凭|以|通过|兑现|履行)$"
)
_SURETY: Final = re.compile("(?:提供|信用、|信用,|抵押、|质押、)$")
# “按实际支出的100%给予奖励” is a rate.
_RATE: Final = re.compile("(?:100%|百分百|百分之百) ?(?:给予?$|减|免)")
_RATED: Final = re.compile("[按的照费金税息额例达] ?$")
_AGENT: Final = (
    "(?<![面钱书荷外分承发转总打红背软皮药封茶小大礼])"
    f"包(?:过(?![期敏程度后去于剩量桥时来渡滤往])|批(?![发次量准])"
    f"|{_PASSED}|{_pulled('获批|下款|放款|到账|拿到|办成|下证|拿证|贷下来')})"
    "|(?<![社医环担参确投承劳联质低财寿车再农安央五])保(?:过(?![户期敏程度后去])|"
    f"{_pulled('下款|批下|获批|拿证|放款|到账')})"
    f"|(?<![平安])稳(?:过(?!渡)|拿(?=补|奖|贷|款|到)|{_pulled('下款|获批|到账')})"
    f"|(?<![不何未势想务事])必(?:{_pulled('获批|下款|到账|放款|过审|批')}(?![发改评注]))"
)
# Whoever asks gets it: that leaves nothing to be looked at.
_ASKED: Final = (
    "(?:只要|凡是|凡|一经)(?:您|你|企业)?(?:申请|申报|提交|报名|开口)(?:材料|了)?[,]? ?"
    # “凡申请通过的”, “一经申报获批，不得变更” look back at what was decided.
    "(?:(?:就|都|即|一律)(?:能|可以|可|会)?|能|可以|可|会)"
    f"(?:{_COMES}|得到|获得|拿|给){_NO_TIME}"
)
_UNPUNISHED: Final = (
    f"(?:{_CERTAINTY}|{_pulled('绝对|绝|决|一律')}) ?(?:不|{_pulled('不会|不再|不予')})(?:被|再|会|予|来)*"
    "(?:罚款|处罚|罚|立案|查处|追究)"
)
_ALWAYS: Final = (
    f"(?:{_pulled('无条件|一律')}) ?(?:{_pulled('免罚|不予处罚|不予罚|不处罚|不罚|放款|获批|批准|给予补贴')}|{_PASSED}"
    f"|{_pulled('发放')}(?!至|到))"
)
_PROMISES: Final = re.compile(f"{_PROMISE}|{_UNPUNISHED}|{_LATER}|{_AGENT}|{_ALWAYS}|{_ASKED}")
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
        found = (
            one for one in _PROMISES.finditer(own) if not _is_denied(own[: one.start()]) and not _is_none(own, one)
        )
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


def _is_none(own: str, found: re.Match[str]) -> bool:
    """Tell whether it only looks like a promise: a duty of offices, an enterprise's own word, or a rate.

    An office told to see to it that money comes in time promises nobody anything; what it grants remains a promise.
    """
    before = own[max(0, found.start() - _NEAR * 2) : found.start()].rstrip()
    if found[0].startswith(_DUTIES):
        is_duty = _LATER_ALONE.match(own, found.start()) is not None and _DUTY.search(before) is not None
        return is_duty or _SURETY.search(before) is not None
    if found[0].startswith("承诺"):
        return _OWN_WORD.search(before) is not None
    return _RATE.match(found[0]) is not None and _RATED.search(before) is not None


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
