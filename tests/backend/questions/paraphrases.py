"""Questions with their answers, each with what somebody else asked who meant the same; and a crowd of others.

The pairs (`tests/data/similar_questions.tsv`: question, answer, other words) are written by hand, in the manner of
people who never read the first wording. The crowd asks about the real policies, in templates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from backend.foundation import clock
from backend.foundation.ids import new_id
from backend.policies.editing.imports import REAL
from backend.questions.similar import Text

FILE = Path(__file__).parents[2] / "data" / "similar_questions.tsv"

_PLACES = ("吴兴", "南浔", "德清", "长兴", "安吉", "南太湖")
_WHO = ("开小吃店的", "做童装的", "搞民宿的", "个体户", "刚注册的公司", "种茶的合作社", "做木门的小厂", "跑运输的")
# Each asks about a policy by its title, its summary or its benefit, as owners and as staff would put it.
_ASKED = (
    "{title}，{place}能享受吗",
    "{title}现在还有效吗，到哪一天截止",
    "{who}能不能享受{title}",
    "请问{title}要去哪里申请",
    "{title}需要交哪些材料",
    "{title}是自动享受还是要自己申报",
    "{summary}，这个政策是真的吗",
    "听说{summary}，{who}怎么办理",
    "{place}的{who}想了解{summary}",
    "{title}和别的优惠可以一起享受吗",
    "去年没有享受{title}，今年可以补吗",
    "{title}的咨询电话是多少",
    "我是{who}，{benefit}，要满足什么条件",
    "{issuer}发的{doc_no}还在执行吗",
)


@dataclass(frozen=True)
class Pair:
    asked: str
    answer: str
    otherwise: str


def pairs() -> list[Pair]:
    return [Pair(*line.split("\t")) for line in FILE.read_text("utf-8").splitlines()]


def text(asked: str, answer: str) -> Text:
    return Text("questions", new_id(), asked[:60], asked, answer, clock.now())


def crowd(count: int) -> Iterator[Text]:
    """Give this many questions that are none of the pairs'."""
    policies = orjson.loads(REAL.read_bytes())
    for number in range(count):
        policy = policies[number % len(policies)]
        turn = number // len(policies)
        said = _ASKED[turn % len(_ASKED)].format(
            title=policy["title"],
            summary=policy["summary"].rstrip("。")[:60],
            benefit=policy["benefit"].rstrip("。")[:50],
            issuer=policy["issuer"],
            doc_no=policy["doc_no"] or "文件",
            place=_PLACES[(turn + number) % len(_PLACES)],
            who=_WHO[(turn * 3 + number) % len(_WHO)],
        )
        yield text(f"{said}{'' if turn < len(_ASKED) else f'（第{turn}次问）'}", policy["how_to_apply"])
