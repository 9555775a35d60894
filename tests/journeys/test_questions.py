"""问微所需 and 闭环管理 as their people live them: nothing that was asked is left hanging.

All of it over HTTP with real sessions, words and pictures checked by the stand-in; the days go by by hand.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from backend import moderation
from backend.access import Role
from backend.cases.deadlines import alarms
from backend.cases.ending import reaching, rectifying
from tests.journeys.town import Person, Town

TEXT = "我店想申请稳岗补贴，请问要带哪些材料？"
LAW = {"source": "law", "words": "湖演示发〔2026〕9号第二条"}


async def _days(town: Town, days: float) -> None:
    """Days go by, and the workers do what they do by the clock."""
    await _until(town, town.clock.now() + timedelta(days=days))


async def _until(town: Town, moment: datetime) -> None:
    town.clock.set(moment.astimezone(UTC))
    await _work(town)


async def _work(town: Town) -> None:
    await moderation.check()
    await town.work()
    await alarms.sweep()
    await reaching.sweep()
    await rectifying.sweep()
    await town.work()


async def _asked(town: Town, owner: Person, category: str = "consult_policy") -> dict[str, Any]:
    """He asks, gets his number at once, and it is received once his words have passed."""
    body = {"enterprise_id": owner.shop, "category": category, "text": TEXT}
    made: dict[str, Any] = await owner.send("/questions", body)
    assert made["number"].startswith("WW-")
    await _work(town)
    return made


async def _case_of(clerk: Person, number: str) -> dict[str, Any]:
    (found,) = (await clerk.get("/cases", q=number))["items"]
    case: dict[str, Any] = await clerk.get(f"/cases/{found['id']}")
    return case


async def _act(clerk: Person, case_id: str, act: str, body: Any = None) -> dict[str, Any]:
    version = (await clerk.get(f"/cases/{case_id}"))["version"]
    done: dict[str, Any] = await clerk.send(f"/cases/{case_id}/{act}", body, version=version)
    return done


async def _answered(town: Town, owner: Person, clerk: Person, category: str = "consult_policy") -> str:
    made = await _asked(town, owner, category)
    case = await _case_of(clerk, made["number"])
    assert case["number"] == made["number"]
    await _act(clerk, case["id"], "accept")
    await _act(clerk, case["id"], "answer", {"text": "带营业执照和社保缴费证明。", "citations": [LAW]})
    await _work(town)
    return str(case["id"])


async def test_a_question_answered_and_confirmed(town: Town) -> None:
    owner, clerk = await town.owner(1), await town.member("zhuanban", Role.SPECIALIST)
    case_id = await _answered(town, owner, clerk)
    assert (await owner.inbox())[-2:] == ["case_progress", "case_answered"]
    told = await owner.get(f"/cases/{case_id}")
    answer = next(one for one in told["timeline"] if one["kind"] == "answered")
    assert (answer["who"], answer["citations"][0]["words"]) == ("zhuanban", LAW["words"])
    done = await owner.send(f"/cases/{case_id}/confirm", {"rating": {"level": 5, "text": "很快"}})
    assert done["state"] == "closed_confirmed"
    told = await owner.get(f"/cases/{case_id}")
    assert told["rating"]["level"] == 5
    assert [one["kind"] for one in told["timeline"]][-2:] == ["confirmed", "rated"]


async def test_one_refused_and_reopened(town: Town) -> None:
    owner, clerk = await town.owner(1), await town.member("zhuanban", Role.SPECIALIST)
    superior = await town.member("zhuren", Role.MANAGER)
    case_id = await _answered(town, owner, clerk)
    assert (await owner.get(f"/cases/{case_id}"))["is_word_wanted"]
    asked = await owner.tries(f"/cases/{case_id}/reply", {"text": "窗口说还要别的"})
    assert (asked.json()["code"], asked.json()["fields"][0]["path"]) == ("cases.word_wanted", "is_unsolved")
    objected = {"text": "窗口说还要别的", "is_unsolved": True}
    assert (await owner.send(f"/cases/{case_id}/reply", objected))["state"] == "reopened"
    await _act(clerk, case_id, "answer", {"text": "已与窗口核对，另带申请表。", "citations": [LAW]})
    assert (await owner.send(f"/cases/{case_id}/refuse", {"text": "还是不收"}))["state"] == "reopened"
    waiting = await clerk.get(f"/cases/{case_id}")
    assert waiting["awaits_decision"]
    stopped = await clerk.tries(f"/cases/{case_id}/answer", {"text": "第三次"}, version=waiting["version"])
    assert stopped.json()["code"] == "cases.needs_decision"
    await _act(superior, case_id, "decide", {"reason": "由窗口负责人陪同办理。", "ends": False})
    await _act(clerk, case_id, "answer", {"text": "已陪同办好。"})
    assert (await owner.send(f"/cases/{case_id}/confirm", {}))["state"] == "closed_confirmed"


async def test_one_left_to_silence_is_closed_only_once_it_was_read(town: Town) -> None:
    owner, clerk = await town.owner(1), await town.member("zhuanban", Role.SPECIALIST)
    case_id = await _answered(town, owner, clerk)
    await _days(town, 30)
    assert (await clerk.get(f"/cases/{case_id}"))["state"] == "answered"
    told = await owner.get(f"/cases/{case_id}")
    last = datetime.fromisoformat(told["silence_at"])
    await _until(town, last - timedelta(hours=30))
    assert "case_closing" in await owner.inbox()
    assert (await owner.get(f"/cases/{case_id}"))["state"] == "answered"
    await _until(town, last)
    told = await owner.get(f"/cases/{case_id}")
    assert told["state"] == "closed_by_silence"
    assert [one["kind"] for one in told["timeline"]][-2:] == ["reached", "closed_by_silence"]


async def test_one_bad_rating_through_to_rectification(town: Town) -> None:
    owner, clerk = await town.owner(1), await town.member("zhuanban", Role.SPECIALIST)
    case_id = await _answered(town, owner, clerk)
    other, superior = await town.member("huifang", Role.FRONT_DESK), await town.member("zhuren", Role.MANAGER)
    await owner.send(f"/cases/{case_id}/confirm", {"rating": {"level": 1, "text": "等太久"}})
    tasks = {one["kind"]: one["state"] for one in (await clerk.get(f"/cases/{case_id}"))["tasks"]}
    assert tasks == {"call_back": "open", "rectification": "open"}
    his_own = await clerk.tries(f"/cases/{case_id}/call-back", {"result": "我自己回访"})
    assert his_own.status_code == 409
    await _days(town, 1)
    assert "case_task_overdue" in {one["kind"] for one in (await superior.get("/notices"))["items"]}
    await other.send(f"/cases/{case_id}/call-back", {"result": "企业反映等候过久。"})
    await clerk.send(f"/cases/{case_id}/rectify", {"result": "增设预约窗口。"})
    told = await owner.get(f"/cases/{case_id}")
    assert [one["body"] for one in told["timeline"]][-2:] == [
        "差评回访：企业反映等候过久。",
        "差评整改：增设预约窗口。",
    ]
    again = await owner.send(f"/cases/{case_id}/rate-again", {"level": 4, "text": "改进了"})
    assert again["state"] == "closed_confirmed"


async def test_one_over_time_through_to_supervision(town: Town) -> None:
    owner, clerk = await town.owner(1), await town.member("zhuanban", Role.SPECIALIST)
    superior = await town.member("zhuren", Role.MANAGER)
    made = await _asked(town, owner)
    case = await _case_of(clerk, made["number"])
    await _act(clerk, case["id"], "accept")
    await _days(town, 1)
    assert "case_due_soon" in {one["kind"] for one in (await clerk.get("/notices"))["items"]}
    await _days(town, 2)
    assert "case_overdue" in {one["kind"] for one in (await superior.get("/notices"))["items"]}
    await _days(town, 5)
    listed = await superior.get(f"/cases/{case['id']}")
    assert listed["supervised_at"]
    told = await owner.get(f"/cases/{case['id']}")
    assert [one["kind"] for one in told["timeline"]][-1] == "supervised"
    assert date.fromisoformat(told["due_at"][:10]) < town.clock.now().date()
    await _act(clerk, case["id"], "answer", {"text": "抱歉久等，材料清单见下。"})
    assert (await owner.send(f"/cases/{case['id']}/confirm", {}))["state"] == "closed_confirmed"
