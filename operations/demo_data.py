"""Makes a registry file of synthetic enterprises: valid codes, plausible sizes, every name marked 演示."""

import csv
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from stdnum.cn import uscc

from backend.enterprises import divisions

HEADER: Final = (
    "统一社会信用代码",
    "名称",
    "主体类型",
    "法定代表人",
    "联系电话",
    "成立日期",
    "登记状态",
    "行业代码",
    "属地",
    "乡镇街道",
    "住所",
    "从业人数",
    "年营业收入（万元）",
    "资产总额（万元）",
    "资质荣誉",
    "许可证照",
)
# Kind digit of the code, entity type, share, name endings.
_KINDS: Final = (
    ("92", "个体工商户", 68, ("店", "商行", "经营部", "工作室", "小吃店")),
    ("91", "企业", 29, ("有限公司", "科技有限公司", "商贸有限公司", "实业有限公司")),
    ("93", "农民专业合作社", 3, ("农民专业合作社",)),
)
# Class, weight, word in the name, usual licence.
_INDUSTRIES: Final = (
    ("5212", 10, "超市", "食品经营许可"),
    ("5229", 8, "食品", "食品经营许可"),
    ("5251", 4, "医药", "药品经营许可"),
    ("6210", 12, "餐饮", "食品经营许可"),
    ("6110", 3, "民宿", "卫生许可"),
    ("1713", 6, "纺织", ""),
    ("1810", 8, "童装", ""),
    ("2041", 4, "竹木", ""),
    ("2110", 4, "家具", ""),
    ("3499", 3, "机械", ""),
    ("3985", 2, "电子", ""),
    ("4710", 3, "建筑", ""),
    ("5430", 3, "运输", ""),
    ("5910", 1, "装卸", ""),
    ("5920", 1, "仓储", ""),
    ("6513", 3, "软件", ""),
    ("7020", 1, "物业", ""),
    ("7299", 3, "企业服务", ""),
    ("7320", 1, "技术服务", ""),
    ("8010", 3, "家政", ""),
    ("8391", 1, "培训", ""),
    ("0141", 3, "蔬菜", ""),
    ("0412", 3, "水产", ""),
)
_SURNAMES: Final = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林沈钱姚潘费闵"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华建国文玉"
_MARKS: Final = (
    "鑫源",
    "太湖",
    "莫干",
    "安吉",
    "苕溪",
    "百草",
    "织里",
    "南浔",
    "竹海",
    "丝韵",
    "浙北",
    "瑞丰",
    "恒达",
    "宏远",
)
_QUALIFICATIONS: Final = ("高新技术企业", "科技型中小企业", "专精特新中小企业", "创新型中小企业")
_FIRST_DAY: Final = date(1998, 1, 1)
_DAYS: Final = 10_000
_BODY_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def demo_registry_csv(path: Path, count: int, seed: int = 1) -> None:
    """Write `count` enterprises as UTF-8 with BOM; the same seed gives the same rows, however many are asked for."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(demo_rows(count, seed))


def demo_rows(count: int, seed: int = 1) -> Iterator[tuple[str, ...]]:
    """The rows below `HEADER`; phones are of the unassigned range 100…, so that none reaches a person."""
    dice = random.Random(seed)  # noqa: S311  made-up data
    towns = list(divisions.TOWNS.items())
    kinds, weights = zip(*((kind, kind[2]) for kind in _KINDS), strict=True)
    industries, shares = zip(*((one, one[1]) for one in _INDUSTRIES), strict=True)
    for number in range(count):
        kind = dice.choices(kinds, weights)[0]
        industry = dice.choices(industries, shares)[0]
        yield _row(dice, number, kind, industry, towns[dice.randrange(len(towns))])


def demo_code(number: int, kind: str, district: str) -> str:
    """A code with the right check digit that no registrar gave: its subject part begins with YX."""
    body, rest = "", number
    for _ in range(7):
        rest, digit = divmod(rest, len(_BODY_DIGITS))
        body = _BODY_DIGITS[digit] + body
    code = f"{kind}{district}YX{body}"
    return code + str(uscc.calc_check_digit(code))


def _row(
    dice: random.Random,
    number: int,
    kind: tuple[str, str, int, tuple[str, ...]],
    industry: tuple[str, int, str, str],
    town: tuple[str, str],
) -> tuple[str, ...]:
    town_code, town_name = town
    zone = town_name in {"滨湖街道", "凤凰街道", "仁皇山街道", "龙溪街道", "杨家埠街道", "康山街道"}
    district = "3305NTH" if zone else town_code[:6]
    mark = f"{dice.choice(_MARKS)}{dice.choice(_GIVEN)}{dice.choice(_GIVEN)}"
    name = f"湖州{mark}{industry[2]}{dice.choice(kind[3])}（演示{number}）"
    employees, revenue, assets = _sizes(dice, is_small=kind[0] == "92")
    qualified = kind[0] == "91" and dice.random() < 0.04  # noqa: PLR2004
    return (
        demo_code(number, kind[0], town_code[:6]),
        name,
        kind[1],
        dice.choice(_SURNAMES) + dice.choice(_GIVEN) + dice.choice(_GIVEN),
        f"100{dice.randrange(10**8):08d}",
        (_FIRST_DAY + timedelta(days=dice.randrange(_DAYS))).isoformat(),
        "注销" if dice.random() < 0.02 else "存续",  # noqa: PLR2004
        industry[0],
        divisions.DISTRICTS[district],
        town_name,
        f"浙江省湖州市{town_name}演示路{dice.randrange(1, 999)}号",
        employees,
        revenue,
        assets,
        dice.choice(_QUALIFICATIONS) if qualified else "",
        industry[3],
    )


def _sizes(dice: random.Random, *, is_small: bool) -> tuple[str, str, str]:
    """People, revenue and assets in 万元; a third of the registry doesn't know them, as in life."""
    people = max(1, int(dice.lognormvariate(0.9 if is_small else 2.2, 0.9)))
    revenue = round(people * dice.lognormvariate(3.0, 0.8), 2)
    assets = round(revenue * dice.lognormvariate(-0.2, 0.6), 2)
    shown = (str(people), f"{revenue:.2f}", f"{assets:.2f}")
    return tuple("" if dice.random() < 0.33 else one for one in shown)  # type: ignore[return-value]  # noqa: PLR2004
