"""Needs become cases, each once: by themselves where the question says so, else what staff pick of what may be."""

import asyncio
from uuid import UUID

import pytest

from backend.foundation import db
from backend.foundation.errors import Forbidden
from backend.questions.surveys import answering, errors, needs, personal, texts
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import DESK, WRITER, owner
from tests.backend.questions.surveys.asking import answer, released

pytestmark = pytest.mark.usefixtures("running", "clock")


async def _cases() -> list[tuple[str, str, str]]:
    sql = "SELECT category, title, body FROM cases WHERE origin = 'surveys' ORDER BY id"
    return [(row["category"], row["title"], row["body"]) for row in await db.fetch(sql)]


async def test_a_need_is_a_case_at_once_and_other_words_are_told_to_it() -> None:
    shop = await enterprise(1, employees=3, district="330502")
    person, survey = await owner(shop), await released()
    done = await answering.answer(person, shop, survey.id, {"worst": "people", "need": "想找两名学徒"}, version=0)
    assert len(done.cases) == 1
    assert await _cases() == [("service_need", "需求调查：冬季用工需求调查", "想找两名学徒")]
    row = await db.fetch_one("SELECT person_id, enterprise_id, district, channel, number FROM cases")
    assert row is not None
    assert tuple(row.values()) == (person.id, shop, "330502", "mini_program", done.cases[0])
    assert await answer(person, shop, survey.id, 1, need="想找两名学徒") == 2
    assert await answer(person, shop, survey.id, 2, need="改为三名") == 3
    assert await answer(person, shop, survey.id, 3) == 4
    lines = [row["body"] for row in await db.fetch("SELECT body FROM case_events WHERE kind = 'told' ORDER BY seq")]
    assert lines == ["企业修改了调查中的需求：改为三名", "企业删去了调查中的这项需求。"]
    assert len(await _cases()) == 1


async def test_staff_pick_texts_whose_writers_were_told_each_once_however_many_pick() -> None:
    survey = await released()
    for number in range(3):
        shop = await enterprise(number, employees=3)
        await answer(await owner(shop), shop, survey.id, help=f"请帮第{number}家", words="随便说说")
    listed = (await texts.listing(WRITER, survey.id, "help"))["items"]
    picked = [one["id"] for one in listed[:2]]
    both = await asyncio.gather(*(needs.pick(WRITER, survey.id, picked) for _ in range(4)))
    assert sorted(map(len, both)) == [0, 0, 0, 2]
    assert {body for _, _, body in await _cases()} == {one["words"] for one in listed[:2]}
    again = {one["words"]: one["case"] for one in (await texts.listing(WRITER, survey.id, "help"))["items"]}
    assert again[listed[0]["words"]]["state"] == "received"
    assert again[listed[2]["words"]] is None
    with pytest.raises(errors.TextUnknown):
        await needs.pick(WRITER, survey.id, [*picked, UUID(int=1)])
    hidden = await db.fetch_value("SELECT md5(id::text || 'words')::uuid FROM survey_answers LIMIT 1")
    with pytest.raises(errors.NoContact):
        await needs.pick(WRITER, survey.id, [hidden])
    with pytest.raises(Forbidden):
        await needs.pick(DESK, survey.id, picked)


async def test_a_person_gets_his_copy_and_leaves_the_answer_to_his_enterprise() -> None:
    shop = await enterprise(1, "甲店", employees=3)
    person, survey = await owner(shop), await released()
    await answer(person, shop, survey.id, words="我说的")
    copy = await personal.export(person.id)
    assert copy["survey_answers"][0]["answers"] == {"worst": "people", "words": "我说的"}
    assert (await personal.erase(person.id), await personal.erase(person.id)) == (1, 0)
    assert await db.fetch_value("SELECT answers ->> 'words' FROM survey_answers") == "我说的"
    assert await personal.export(person.id) == {"surveys_told_of": [], "survey_answers": []}
