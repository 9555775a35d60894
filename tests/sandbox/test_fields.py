"""Field limits as WeChat documents them."""

import json

import pytest

from sandbox import fields, templates

_GOOD = {
    "thing": ["社保补贴", "a" * 20, "可能符合，点击查看！"],
    "number": ["1", "12.50", "9" * 32],
    "letter": ["abcXYZ"],
    "symbol": ["!?￥"],
    "character_string": ["WW-20261122-0007"],
    "time": ["15:01", "2019年10月1日 15:01", "2026-11-25 09:30~10:30", "2026年1月2日 08:00:59"],
    "date": ["2026年12月31日", "2026-12-31", "2026年1月1日~2026年2月1日", "2026年1月1日 08:00"],
    "amount": ["¥100.00", "20元", "1234567890"],
    "phone_number": ["+86-0572-1234567"],
    "car_number": ["浙E12345", "浙E1234警"],
    "name": ["张敏", "O'Brien, John"],
    "phrase": ["办理中"],
}
_BAD = {
    "thing": ["长" * 21, "一\n二", "一\u2028二"],
    "number": ["9" * 33, "１２", "12a", ""],
    "letter": ["abc1", "a" * 33],
    "symbol": ["!!!!!!", "a"],
    "character_string": ["编号7", "a" * 33],
    "time": ["25:00", "2026年13月1日 10:00", "明天", "15:01.0"],
    "date": ["2026年12月32日", "2026-12/31", "2026-12-31.0"],
    "amount": ["12345678901", "一百元"],
    "phone_number": ["15隐私保护7851", "1" * 18],
    "car_number": ["浙E1234567", "浙浙12345"],
    "name": ["名" * 11, "a" * 21, "张敏1"],
    "phrase": ["办理进行中了", "ok"],
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in _GOOD.items() for value in values])
def test_takes(kind: str, value: str) -> None:
    assert fields.CHECKS[kind](value)
    assert not fields.has_control_characters(value)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in _BAD.items() for value in values])
def test_refuses(kind: str, value: str) -> None:
    assert fields.has_control_characters(value) or not fields.CHECKS[kind](value)


def test_every_kind_is_tried() -> None:
    assert set(_GOOD) == set(_BAD) == set(fields.CHECKS)


def test_the_seed_has_what_the_service_sends() -> None:
    seed = templates.Templates(templates.load())
    for key in ("policy_matched", "service_progress", "binding_result"):
        assert seed.find(key) is not None
    assert len({len(template_id) for template_id in seed.by_id}) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "short"}, "43 characters"),
        ({"fields": [{"key": "wish1", "name": "愿望", "example": "好"}]}, "no known kind"),
        ({"fields": [{"key": "phrase1", "name": "进度", "example": "done"}]}, "example"),
    ],
)
def test_a_mistake_in_the_seed_is_named(change: dict[str, object], said: str) -> None:
    good = {"key": "a", "id": "x" * 43, "title": "标题", "kind": "one_time", "fields": []}
    with pytest.raises(ValueError, match=said):
        templates.load(json.dumps([{**good, **change}]).encode())
