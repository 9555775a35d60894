"""Clusters: who hangs together, the same every time, and in bounded time."""

import random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.questions.knowledge.clustering import clusters

CARDS = ["健身房会员卡怎么退钱", "健身房的会员卡能退钱吗", "会员卡健身房不退钱怎么办"]
SIGNS = ["店招标识要审批吗", "门头店招标识需要审批吗"]
ALONE = ["出口退税多久到账", "商标续展要多少钱"]


def _texts(*said: str) -> dict[UUID, str]:
    return {UUID(int=number): text for number, text in enumerate(said, 1)}


def test_who_asks_for_much_the_same_hangs_together() -> None:
    found = clusters(_texts(*CARDS, *SIGNS, *ALONE))
    assert [{one.int for one in cluster.members} for cluster in found] == [{1, 2, 3}, {4, 5}]
    assert {"会员", "健身"} <= set(found[0].shared)


def test_the_more_ask_the_larger_the_cluster() -> None:
    found = clusters(_texts(*[f"{CARDS[n % 3]}{n}" for n in range(300)]))
    assert [len(cluster.members) for cluster in found] == [300]


def test_nobody_hangs_together_with_nobody() -> None:
    assert clusters(_texts(*ALONE)) == []
    assert clusters(_texts("？？", "！！", "", "好")) == []
    assert clusters({}) == []


@given(st.lists(st.text(alphabet="会员卡退钱怎么办商标年报ab1", max_size=12), max_size=14), st.randoms())
def test_the_order_of_questions_changes_nothing(said: list[str], chance: random.Random) -> None:
    texts = _texts(*said)
    shuffled = list(texts.items())
    chance.shuffle(shuffled)
    assert clusters(dict(shuffled)) == clusters(texts)


@given(st.lists(st.text(alphabet="会员卡退钱怎么办商标年报ab1", max_size=12), max_size=14))
def test_nobody_stands_in_two_clusters(said: list[str]) -> None:
    members = [one for cluster in clusters(_texts(*said)) for one in cluster.members]
    assert len(members) == len(set(members))


def test_thousands_of_long_questions_are_compared_within_a_bound() -> None:
    signs = [chr(0x4E00 + n) for n in range(400)]
    chance = random.Random(1)
    said = ["".join(chance.choices(signs, k=300)) for _ in range(1_500)]
    assert clusters(_texts(*said)) == []
