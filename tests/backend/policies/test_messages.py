"""Every message about a policy has what its kind needs and fits its template."""

from datetime import date

import pytest

from backend.foundation import clock as clock_module
from backend.foundation.ids import new_id
from backend.notifications import Message
from backend.notifications.kinds import kind_of
from backend.notifications.template_fields import fit
from backend.policies import messages

pytestmark = pytest.mark.usefixtures("clock")

VERSION = {
    "id": new_id(),
    "policy_id": new_id(),
    "title": "小微企业吸纳高校毕业生社会保险补贴（2026年延续实施）",
    "effective_to": date(2027, 12, 31),
    "apply_until": date(2027, 6, 30),
}
PERSON, SHOP = new_id(), new_id()
RECIPIENT = {"person_id": PERSON, "enterprise_id": SHOP, "name": "湖州某某食品店", "enterprises": 2}
NAMED = {"id": SHOP, "name": "湖州某某食品店"}

ALL = [
    messages.matched(VERSION, RECIPIENT, date(2027, 6, 30)),
    messages.closing_soon(VERSION, PERSON, None, date(2027, 6, 30)),
    messages.closing_soon(VERSION, PERSON, SHOP, date(2027, 6, 30)),
    messages.reached(VERSION, PERSON, NAMED),
    messages.retracted(VERSION, PERSON, "文件已废止"),
    messages.corrected(VERSION, RECIPIENT, "申报截止日应为6月30日。"),
    messages.digest(PERSON, NAMED, "从业人数", open_count=12, settled=5, on_day=date(2026, 11, 23)),
]


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.kind)
def test_a_message_is_complete_and_fits_its_template(message: Message) -> None:
    kind = kind_of(message)
    assert all(fit(name, message.fields[source]) for name, source in kind.fields.items())
    assert "。。" not in kind.body.format_map(message.fields)
    assert not {"补贴到手", "保证", "一定"} & set(message.fields.values())


def test_a_correction_takes_the_place_of_the_push() -> None:
    [matched], [corrected] = [
        [one for one in ALL if one.kind == kind] for kind in ("policy_matched", "policy_corrected")
    ]
    assert matched.once == corrected.once


def test_a_retraction_is_pushed_though_the_version_is_called_off() -> None:
    [retracted] = [one for one in ALL if one.kind == "policy_retracted"]
    assert retracted.subject is None
    assert (
        kind_of(retracted).body.format_map(retracted.fields).startswith(f"《{VERSION['title']}》已撤回：文件已废止。")
    )


def test_a_reminder_ends_with_the_last_day() -> None:
    reached = messages.reached(VERSION, PERSON, NAMED)
    assert reached.not_after == clock_module.day_start(date(2027, 7, 1))
    assert reached.fields["deadline"] == "2027年6月30日前"


@pytest.mark.parametrize("message", ALL, ids=lambda message: message.kind)
def test_a_message_reads_as_a_sentence(message: Message) -> None:
    body = kind_of(message).body.format_map(message.fields)
    assert " " not in body
    assert "deadline" not in message.fields or f"，办理期限：{message.fields['deadline']}。" in body
