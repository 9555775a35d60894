"""Describes the registry file to whoever makes one: `docs/registry-file.md`, and a file with the headings alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from backend.eligibility import Fact
from backend.enterprises import columns

_HEAD = """# 登记数据文件（CSV 或 Excel）

由列定义生成，请勿手工修改。用 `wuwei import-enterprises FILE` 导入。

* CSV：编码为 UTF-8（有无 BOM 均可）或 GB18030，首行为表头。
* Excel 工作簿（xlsx）：取第一个在前10行内有表头的工作表。表头以上的标题、表格右侧的备注不读。日期可为日期格式或文字；
  代码、电话宜设为文本格式。有合并单元格的行、错误值（如 #N/A）、没有保存结果的公式、超过15位的数字作为有误处理。
  旧格式（xls）、加密的工作簿须先另存。
* 中英文列名均可，列名后可带单位，如“从业人数（人）”。
* 每行一家，以统一社会信用代码为准；同一文件中一家只能出现一次。新企业须有名称。
* 文件是增量：没有的列、空的单元格，不改动库中已有内容。
* 数据日期默认为导入当天，可用“数据日期”列或导入参数另定；早于库中登记数据的行不导入。
* 同一文件再次导入不改变任何内容；导入中断后再次导入同一文件，从断点继续。
* 有误的行写入错误文件（行号、列、原因），其余各行照常入库。
* 标签类各项以顿号分隔，可带有效期：`高新技术企业（2027-12-31）、科技型中小企业`。

| 列 | 英文列名 | 其他可用列名 | 内容 |
|---|---|---|---|
"""
_KINDS = {
    "integer": "整数",
    "decimal": "数字，最多4位小数",
    "boolean": "是 / 否",
    "date": "日期，如 2026-01-31",
    "code": "代码",
    "text": "文字",
}
_OWN = {
    columns.USCC: "18位统一社会信用代码（GB 32100-2015）",
    columns.NAME: "名称",
    columns.ADDRESS: "住所",
    columns.REPRESENTATIVE: "法定代表人或经营者姓名；加密保存",
    columns.PHONE: "登记电话；加密保存，不用于群发",
    columns.AS_OF: "该行数据属实的日期",
}
_SPECIAL = {
    "industry": "国民经济行业分类（GB/T 4754-2017）4位小类代码",
    "town": "乡镇街道名称或统计用区划代码",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read: `name` is its usual header, `others` are taken for it as well."""

    key: str
    name: str
    others: tuple[str, ...]
    content: str


def described() -> Iterator[Column]:
    """Give every column that is read: who it is first, then what is known of it."""
    for key, text in _OWN.items():
        yield _column(key, columns.aliases(key), text)
    for fact in columns.FACTS:
        names = [fact.title, *(one for one in columns.aliases(fact.key) if one != fact.title)]
        yield _column(fact.key, names, _content(fact))


def as_markdown() -> str:
    """The page, with a line for every column that is read."""
    lines = (f"| {one.name} | `{one.key}` | {'、'.join(one.others)} | {one.content} |\n" for one in described())
    return _HEAD + "".join(lines)


def as_csv() -> bytes:
    """A file with the header row alone, as Excel and the import both read it: UTF-8 with its mark."""
    return (",".join(one.name for one in described()) + "\r\n").encode("utf-8-sig")


def _column(key: str, names: list[str], text: str) -> Column:
    return Column(key, names[0], tuple(one for one in names[1:] if not one.isascii()), text)


def _content(fact: Fact) -> str:
    if fact.key in _SPECIAL:
        return _SPECIAL[fact.key]
    if fact.choices:
        listed = "、".join(fact.choices.values())
        return f"{'一项或多项' if fact.type == 'tags' else '其中一项'}：{listed}"
    return f"{_KINDS[fact.type]}{f'，单位{fact.unit}' if fact.unit else ''}"
