"""政策扶微 as its people live it: written with a file, looked at, released by another, and then three owners.

All of it over HTTP with real sessions; what the workers do by the clock is done here by hand, so that days can go by.
"""

from typing import Any
from urllib.parse import urlsplit

from backend.access import Role
from tests.journeys.town import STAFF, Person, Town

CITED: dict[str, str] = {"document": "湖演示发〔2026〕9号", "article": "第二条"}
SAID = ("适用于个体工商户。", "申请时须成立满一年。", "须为员工足额缴纳社会保险。")


def _leaf(fact: str, op: str, value: Any, sentence: str) -> dict[str, Any]:
    return {"fact": fact, "op": op, "value": value, "citation": {**CITED, "sentence": sentence}}


RULE = {
    "all": [
        _leaf("entity_type", "eq", "individual_business", SAID[0]),
        {"not": _leaf("founded_on", "within", {"years": 1}, SAID[1])},
        _leaf("social_insurance_paid", "eq", True, SAID[2]),
    ]
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _policy() -> dict[str, Any]:
    return {
        "title": "小店稳岗补贴（演示）",
        "doc_no": CITED["document"],
        "issuer": "湖州市演示局",
        "level": "city",
        "region": "330500",
        "issued_on": "2026-11",
        "effective_from": "2026-11-01",
        "effective_to": "2027-12-31",
        "category": "就业",
        "action": "policies",
        "summary": "成立满一年、足额缴纳社会保险的个体工商户，可申请稳岗补贴。",
        "benefit": "每年一次性补贴。",
        "how_to_apply": "窗口或网上申报。",
        "verification": "excerpt",
        "rule": RULE,
    }


async def _written(writer: Person) -> tuple[str, int]:
    """A draft with a file; the author sees whom it would reach before he hands it on."""
    made = await writer.send("/policies", _policy())
    path = f"/policies/{made['id']}"
    form = {"file": ("申报指南.pdf", PDF, "application/pdf")}
    answer = await writer.door.post(f"{STAFF}{path}/files", files=form, headers=writer.headers)
    assert answer.status_code == 201, answer.text
    attachments = {"attachments": [{"file_id": answer.json()["file_id"], "title": "申报指南"}]}
    drafted = await writer.send(f"{path}/attachments", attachments, method="PUT", version=made["version"])
    reach = await writer.get(f"{path}/audience")
    assert (reach["yes"], reach["unknown"], reach["no"]) == (1, 1, 1)
    assert [one["fact"] for one in reach["missing"]] == ["social_insurance_paid"]
    handed = await writer.send(f"{path}/submit", version=drafted["version"])
    return str(made["id"]), int(handed["version"])


async def _released(writer: Person, reviewer: Person, policy: str, version: int) -> None:
    """Not by its author."""
    refused = await writer.tries(f"/policies/{policy}/publish", {}, version=version)
    assert refused.status_code == 403
    read = await reviewer.get(f"/policies/{policy}")
    assert read["versions"][0]["content"]["rule"]["all"][0]["citation"]["sentence"] == SAID[0]
    done = await reviewer.send(f"/policies/{policy}/publish", {}, version=version)
    assert done["state"] == "published"


def _clauses(part: dict[str, Any]) -> list[dict[str, Any]]:
    inner = part.get("parts") or []
    return [clause for one in inner for clause in _clauses(one)] if inner else [part]


async def _reads_why(town: Town, person: Person, policy: str) -> None:
    """A yes, clause by clause with its citation, the file, and an id by which it can be told again."""
    assert await person.inbox() == ["policy_matched"]
    assert await person.answer_of(policy) == "yes"
    told = await person.get(f"{person.mine}/policies/{policy}")
    assert [one["citation"]["sentence"] for one in _clauses(told["why"]["root"])] == list(SAID)
    assert {one["verdict"] for one in _clauses(told["why"]["root"])} == {"yes"}
    (attached,) = told["policy"]["attachments"]
    address = urlsplit(attached["url"])
    assert (await town.door.get(f"{address.path}?{address.query}")).content == PDF
    again = await person.get(f"{person.mine}/matches/{told['match_id']}")
    assert (again["why"], again["is_identical"]) == (told["why"], True)


async def _waits_for_his_day(person: Person, policy: str) -> None:
    """A no that time alone will turn: he reads the day and wants to hear then."""
    told = await person.get(f"{person.mine}/policies/{policy}")
    assert told["answer"] == "no"
    assert [(one["say"], one["on"]) for one in told["why"]["near_misses"]] == [("2026-11-30 起满足", "2026-11-30")]
    reminder = await person.send(f"{person.mine}/policies/{policy}/reminders/reached")
    assert reminder["due_on"] == "2026-11-30"


async def _is_asked_once(person: Person, policy: str) -> None:
    """One question, one answer, and it fits; nothing known is asked again."""
    assert (await person.answer_of(policy), await person.inbox()) == ("maybe", [])
    question = (await person.get(f"{person.mine}/question"))["question"]
    assert (question["fact"], question["settles"]) == ("social_insurance_paid", 1)
    settled = await person.send(f"{person.mine}/question/answer", {"fact": question["fact"], "value": True})
    assert [one["id"] for one in settled["yes"]] == [policy]
    assert await person.answer_of(policy) == "yes"
    assert (await person.get(f"{person.mine}/question"))["question"] is None


async def test_a_policy_from_its_draft_to_its_end(town: Town) -> None:
    writer = await town.member("jingban", Role.PUBLISHER)
    reviewer = await town.member("fuhe", Role.REVIEWER)
    fits, nearly, unknown = [await town.owner(number) for number in (1, 2, 3)]
    for person in (fits, nearly):
        await person.send(f"{person.mine}/facts", {"facts": {"social_insurance_paid": True}})

    policy, version = await _written(writer)
    await _released(writer, reviewer, policy, version)
    await town.work()
    await _reads_why(town, fits, policy)
    await _waits_for_his_day(nearly, policy)
    await _is_asked_once(unknown, policy)

    await town.a_night()
    assert await unknown.inbox() == ["policy_matched"]
    await town.a_night(days=6)
    assert (await nearly.answer_of(policy), len(await nearly.inbox())) == ("yes", 1)
    await town.a_night()
    assert [len(await one.inbox()) for one in (fits, nearly, unknown)] == [1, 1, 1]

    reviewer = await town.member("fuhe2", Role.REVIEWER)
    version = (await reviewer.get(f"/policies/{policy}"))["version"]
    await reviewer.send(f"/policies/{policy}/withdraw", {"reason": "文件已废止。"}, version=version)
    await town.work()
    assert [(await one.inbox())[1:] for one in (fits, nearly, unknown)] == [["policy_retracted"]] * 3
    assert await fits.answer_of(policy) is None
