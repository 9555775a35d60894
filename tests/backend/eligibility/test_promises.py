"""What is a promise and what is not: certainties about what is hoped for, unless quoted or denied."""

import pytest

from backend.eligibility import promises
from backend.foundation.errors import Invalid

PROMISED = (
    "我们保证给予补贴。",
    "材料齐全一定能获批。",
    "初次违法一律免罚。",
    "包过，请放心。",
    "保 证 拿 到 贷款",
    # A word that begins like a denial, or denies something else, denies nothing.
    "不但保证获得补贴，还会上门。",
    "不仅确保拿到贷款，还免息。",
    "不管怎样，我们保证通过。",
    "不久一定能获批。",
    "不用担心，保证通过。",
    "不用担心一定能获批。",
    "不怕，一定给您办成。",
    "没有问题保证通过。",
    "没问题，肯定能拿到。",
    "只要不违法一定不予处罚。",
    "未来一定能获得补贴。",
    "特别人群保证发放。",
    "差不多一定能获批。",
    "无条件发放补贴。",
    "不，保证通过。",
    "不能办的也保证通过。",
    "无论能否补齐材料，一定能获批。",
    # Denied twice.
    "我们不能不保证获批。",
    "不会不承诺给予补贴。",
    "没有不保证通过的。",
    "并非不承诺放款。",
    "不得不承诺发放。",
    "不是不保证给，只是要等。",
    # The denial of the one clause is not that of the next.
    "不承诺发放贷款，但保证给予补贴。",
)
NOT_PROMISED = (
    "不承诺贷款。",
    "不承诺发放贷款。",
    "无法保证获批。",
    "我们无法保证一定能获得贷款。",
    "不能保证通过审核。",
    "不能向您保证获批。",
    "无法就结果作出承诺给予答复。",
    "不保证通过。",
    "并不保证获批。",
    "不一定能获得补贴。",
    "未必一定能获批。",
    "不见得一定能拿到。",
    "任何人都不能承诺一定给予补贴。",
    "没有任何机构可以保证获批。",
    "没有人能保证获批。",
    "通过初审不代表一定能获得贷款。",
    "符合条件不等于必然获批。",
    "工作人员不得承诺减免税费。",
    "严禁承诺放款。",
    "请勿轻信承诺放款的中介。",
    "谨防包过的中介。",
    "不会一律免罚。",
    "并非一律不予处罚。",
    "难以保证拿到全额补贴。",
    "是否一定能获批，以审核为准。",
    "能否保证通过，取决于材料。",
    "从未承诺给予补贴。",
    "我们绝不承诺发放贷款。",
    "不再承诺给予奖励。",
    "不可能保证获批。",
    "拒绝承诺给予回扣。",
    # As before: kinds of loans, duties, what may be.
    "可以申请保证贷款。",
    "确保资金安全。",
    "依法可以减免。",
    "作出书面承诺，给予办理。",
)


@pytest.mark.parametrize("text", PROMISED)
def test_a_certainty_is_a_promise(text: str) -> None:
    assert list(promises.in_text("text", text)) != []


@pytest.mark.parametrize("text", NOT_PROMISED)
def test_what_is_denied_is_none(text: str) -> None:
    assert list(promises.in_text("text", text)) == []


def test_the_refusal_names_field_and_words() -> None:
    with pytest.raises(Invalid) as refused:
        promises.refuse(text="无法保证获批。\n我们承诺放款。", reason="可以申请。")
    (wrong,) = refused.value.fields
    assert (wrong.path, wrong.code) == ("text", "promise")
    assert wrong.sentence.startswith("第2行的“承诺放款”像是承诺")
    promises.refuse(is_cited=True, text="条例写明“保证发放”。")


def test_a_long_text_is_read_in_a_moment() -> None:
    text = "不能您您您您保证给" * 900 + "不" * 4000
    assert list(promises.in_text("text", text)) == []
