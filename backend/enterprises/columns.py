"""The columns of a registry file: which header means what, in Chinese or English, and how a cell is read.

A file is a delta: a column that is missing and a cell that is empty leave what is known untouched. Headers may carry
their unit in brackets. Several tags stand in one cell, parted by 、 ； ; or |, each with its last valid day in brackets
if it has one: 高新技术企业（2027-12-31）、科技型中小企业.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import mul
from types import MappingProxyType
from typing import Any

from stdnum.cn import uscc as uscc_rules
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from backend.eligibility import Fact, Source
from backend.enterprises import values
from backend.enterprises.catalogue import TELLABLE
from backend.enterprises.errors import FileRefused
from backend.enterprises.values import ValueRefused
from backend.foundation.errors import FieldError

USCC, NAME, ADDRESS, REPRESENTATIVE, PHONE, AS_OF = "uscc", "name", "address", "representative", "phone", "as_of"
MAX_ADDRESS = 300
_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        USCC: ("统一社会信用代码", "信用代码", "社会信用代码", "统一信用代码"),
        NAME: ("名称", "企业名称", "主体名称", "市场主体名称", "经营主体名称", "字号名称"),
        ADDRESS: ("住所", "地址", "经营场所", "住所/经营场所", "主要经营场所"),
        REPRESENTATIVE: (
            "法定代表人",
            "经营者",
            "负责人",
            "法定代表人/经营者",
            "法定代表人/负责人",
            "legal_representative",
        ),
        PHONE: ("联系电话", "登记电话", "电话", "手机", "手机号", "联系手机"),
        AS_OF: ("数据日期", "截止日期"),
        "entity_type": ("主体类型", "市场主体类型", "经营主体类型"),
        "status": ("登记状态", "经营状态", "状态"),
        "founded_on": ("成立日期", "注册日期", "开业日期"),
        "industry": ("行业代码", "国民经济行业代码", "行业小类代码"),
        "district": ("属地", "区县", "所属区县"),
        "town": ("乡镇街道", "乡镇", "街道"),
        "employees": ("从业人数", "员工人数", "从业人员"),
        "revenue_wan": ("年营业收入", "营业收入"),
        "assets_wan": ("资产总额", "资产总计"),
        "qualifications": ("资质荣誉", "资质"),
        "licences": ("许可证照", "许可证"),
    }
)
_UNIT = re.compile(r"[(（][^()（）]*[)）]$")
_TAG_MARKS = re.compile(r"[、；;|]")
_TAG = re.compile(r"(.+?)\s*[(（](\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}日?)[)）]")
_PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3}-?\d{4}")
_CODE_LENGTH = 18

FACTS: tuple[Fact, ...] = tuple(fact for fact in TELLABLE if Source.REGISTRY in fact.sources)
"""The facts a registry may tell."""
_FACTS_BY_KEY = {fact.key: fact for fact in FACTS}


def _headers() -> Mapping[str, str]:
    found = {one: key for key, aliases in _ALIASES.items() for one in (key, *aliases)}
    return MappingProxyType({**{one: fact.key for fact in FACTS for one in (fact.key, fact.title)}, **found})


_BY_HEADER = _headers()


def aliases(key: str) -> list[str]:
    """The Chinese headers of a column besides a fact's own title."""
    return list(_ALIASES.get(key, ()))


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands where: `columns` holds (position, key, header) of what is read, `ignored` the other headers."""

    width: int
    uscc: int
    columns: tuple[tuple[int, str, str], ...]
    ignored: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(key for _, key, _ in self.columns if key in _FACTS_BY_KEY)


def layout(header: Sequence[str]) -> Layout:
    """Read the header row; FileRefused when it can't be one, or two columns mean the same."""
    keys = [_meant(cell.strip()) for cell in header]
    twice = sorted({header[n] for n, key in enumerate(keys) if key is not None and keys.count(key) > 1})
    if twice:
        raise _refused(f"有几列表示同一内容：{'、'.join(twice)}。请只保留一列。")
    if USCC not in keys:
        raise _refused("首行须为表头，且须有“统一社会信用代码”一列。")
    read = [(n, key, header[n].strip()) for n, key in enumerate(keys) if key is not None and key != USCC]
    ignored = tuple(cell.strip() for cell, key in zip(header, keys, strict=True) if key is None and cell.strip())
    return Layout(len(header), keys.index(USCC), tuple(read), ignored)


def is_heading(cell: str) -> bool:
    """Tell whether a cell is the heading of the one column that every file has."""
    return _meant(cell.strip()) == USCC


def _meant(header: str) -> str | None:
    return _BY_HEADER.get(header) or _BY_HEADER.get(_UNIT.sub("", header).strip())


def _refused(sentence: str) -> FileRefused:
    return FileRefused(sentence, (FieldError("file", "bad_header", sentence),))


class ChecksumWrong(ValueRefused):
    """All is right but the check digit, as in some codes of the pilot years."""


def spelled_code(cell: str) -> str:
    """A code as it is stored: full-width signs made plain, blanks and hyphens dropped, capitals."""
    if len(cell) == _CODE_LENGTH and cell.isascii() and cell.isalnum():
        return cell.upper()
    return unicodedata.normalize("NFKC", cell).replace("-", "").replace(" ", "").strip().upper()


_BODY = re.compile(r"\d{8}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_DIGIT_VALUE = {sign: value for value, sign in enumerate(_DIGITS)}.__getitem__
_WEIGHTS = (*(3**place % 31 for place in range(_CODE_LENGTH - 1)), 1)


def _adds_up(code: str) -> bool:
    """Tell whether a code's shape and check digit are right: as `stdnum` finds, at a tenth of its time."""
    return bool(_BODY.fullmatch(code)) and not sum(map(mul, map(_DIGIT_VALUE, code), _WEIGHTS)) % 31


def check_code(code: str) -> None:
    """Raise ValueRefused unless the code is one by GB 32100-2015."""
    if _adds_up(code):
        return
    try:
        uscc_rules.validate(code)
    except InvalidLength:
        raise ValueRefused("应为18位统一社会信用代码") from None
    except InvalidChecksum:
        raise ChecksumWrong("校验位不符，请核对；确属早期试点代码的，可由工作人员说明理由后准入") from None
    except ValidationError:
        raise ValueRefused("含有代码中不会出现的字符（如 I、O、Z、S、V）") from None


def _phone(cell: str) -> str:
    number = unicodedata.normalize("NFKC", cell).replace(" ", "").strip().removeprefix("+86")
    if not _PHONE.fullmatch(number):
        raise ValueRefused("须为手机号或带区号的固定电话")
    return number.replace("-", "")


def _tags(fact: Fact, cell: str) -> Any:
    told: dict[str, str | None] = {}
    for part in _TAG_MARKS.split(cell):
        label = part.strip()
        match = _TAG.fullmatch(label) if label not in fact.choices else None
        if label:
            told[match.group(1) if match else label] = match.group(2) if match else None
    return values.reader(fact)(fact, told)


_TEXTS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        NAME: values.clean,
        ADDRESS: lambda cell: values.clean(cell, MAX_ADDRESS),
        REPRESENTATIVE: values.clean,
        PHONE: _phone,
        AS_OF: lambda cell: values.day_of(cell).isoformat(),
    }
)


def cell_reader(key: str) -> Callable[[str], Any]:
    """What gives the stored spelling of a column's cells that are not empty; ValueRefused says what is wrong."""
    return _TEXTS.get(key) or partial(_read_fact, key)


@lru_cache(maxsize=65_536)
def _read_fact(key: str, cell: str) -> Any:
    fact = _FACTS_BY_KEY[key]
    return _tags(fact, cell) if fact.type == "tags" else values.reader(fact)(fact, cell.strip())
