"""Whatever people are called and however long a policy's name is: WeChat's checks, kept by the stand-in, accept it."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.notifications.kinds import KINDS
from backend.notifications.template_fields import field_type, fit, fit_parameter
from sandbox import fields as wechat

TYPES = sorted(wechat.CHECKS)


@example(kind="name", value="::::::::::𠀀")
@given(kind=st.sampled_from(TYPES), value=st.text(max_size=60))
def test_what_fits_is_what_wechat_accepts(kind: str, value: str) -> None:
    fitted = fit(f"{kind}1", value)
    assert fitted is None or (wechat.CHECKS[kind](fitted) and not wechat.has_control_characters(fitted))


_MOMENTS = st.from_regex(
    r"[0-9]{4}[年/.-][0-9]{1,2}[月/.-][0-9]{1,2}日?( ?[0-9]{1,2}:[0-9]{2})?(~[0-9]{1,2}:[0-9]{2})?"
)
_NUMBERS = st.from_regex(r"[+-]?[¥0-9]{1,30}([.][0-9]{0,9})?元?")


@example(kind="date", value="2026年99月99日")
@example(kind="time", value="２０２６年1月1日 10:00")
@given(kind=st.sampled_from(["time", "date", "number", "amount"]), value=_MOMENTS | _NUMBERS)
def test_moments_and_numbers_fit_wechat_or_not_at_all(kind: str, value: str) -> None:
    fitted = fit(f"{kind}1", value)
    assert fitted is None or wechat.CHECKS[kind](fitted)


@example(value="详见https://a.cn/x，【签名】" + "长" * 40)
@example(value="wwhttp://\x00w.a.cn")
@example(value="wwwww.w.www.")
@given(value=st.text(max_size=60) | st.from_regex(r"(https?://|www\.|[\x00【】 ]|.){0,12}"))
def test_a_parameter_of_a_text_message_is_what_a_provider_takes(value: str) -> None:
    fitted = fit_parameter(value)
    assert fitted is None or (0 < len(fitted) <= 35 and not re.search(r"https?://|www\.|[【】]", fitted, re.IGNORECASE))
    assert fitted is None or not wechat.has_control_characters(fitted)


def test_an_enum_takes_nothing_that_its_template_does_not_list() -> None:
    assert fit("enum1", "已通过", ["已通过", "未通过"]) == "已通过"
    assert fit("enum1", "通过", ["已通过", "未通过"]) is None
    assert fit("enum1", "已通过") is None


@given(value=st.text(max_size=60))
def test_a_thing_always_fits(value: str) -> None:
    assert fit("thing3", value)


@pytest.mark.parametrize(
    ("name", "value", "fitted"),
    [
        ("thing1", "小微企业", "小微企业"),
        ("thing1", "一" * 21, "一" * 19 + "…"),
        ("thing1", " 两行\n文字\t ", "两行 文字"),
        ("thing1", "😀", "—"),
        ("phrase2", "已通过。", "已通过"),
        ("phrase2", "OK", None),
        ("phrase2", "绑定已经被解除", "绑定已经被"),
        ("time4", "2026-11-23 10:00", "2026-11-23 10:00"),
        ("time4", "2026年11月25日 09:30~10:30", "2026年11月25日 09:30~10:30"),
        ("time4", "明天上午", None),
        ("date3", "2026年12月31日", "2026年12月31日"),
        ("date3", "长期有效", None),
        ("number1", "12.5", "12.5"),
        ("number1", "十二", None),
        ("amount1", "¥1200.50元", "¥1200.50元"),
        ("character_string2", "WW-20261122-0007号", "WW-20261122-0007"),
        ("character_string2", "号", "-"),
        ("name4", "张敏3", "张敏"),
        ("phone_number5", "138****1111（隐私）", "138****1111"),
        ("car_number6", "浙E12345", "浙E12345"),
        ("car_number6", "浙E·12345", None),
    ],
)
def test_values_are_shortened_cleaned_or_refused(name: str, value: str, fitted: str | None) -> None:
    assert fit(name, value) == fitted


def test_every_field_of_every_kind_has_a_known_type() -> None:
    forms = [form for kind in KINDS.values() for channel, form in kind.forms.items() if channel != "sms"]
    names = [name for form in forms for name in form.fields if name not in form.listed]
    assert {field_type(name) for name in names} <= set(TYPES)
    assert all(re.fullmatch(r"[a-z_]+\d+", name) for form in forms for name in form.fields)
