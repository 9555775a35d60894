"""入企走访 as its people live it: a time the owner picks, a service at the door, promises that are kept.

All of it over HTTP with real sessions; the days go by by hand.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from backend.access import Role
from backend.visits import reminders
from backend.visits.afterwards import hearing, nudging
from tests.journeys.town import Person, Town

WEEK = [{"weekday": day, "spans": [[540, 720], [810, 1020]], "places": ["on_site", "phone"]} for day in range(1, 6)]
REASON = {"reason": "policy_talk", "place": "on_site"}


async def _until(town: Town, moment: datetime) -> None:
    """Time goes by, and the workers do what they do by the clock."""
    town.clock.set(moment.astimezone(UTC))
    await town.work()
    await reminders.remind()
    await hearing.sweep()
    await nudging.sweep()
    await town.work()


async def _visitor(town: Town) -> Person:
    """Somebody who visits on the days of the week."""
    visitor = await town.member("zoufang", Role.VISITOR)
    today = town.clock.now().date()
    await visitor.send("/visit-plan/week", {"valid_from": str(today), "week": WEEK}, method="PUT", version=0)
    return visitor


async def _booked(town: Town, owner: Person, days: int = 3) -> dict[str, Any]:
    """He picks the first time of a day, some days from now."""
    day = str(town.clock.now().date() + timedelta(days=days))
    found = await owner.get("/visit-slots", enterprise_id=owner.shop, first=day, last=day, **REASON)
    body = {**REASON, "enterprise_id": owner.shop, "starts_at": found["slots"][0]["starts_at"], "note": "想了解补贴"}
    made: dict[str, Any] = await owner.send("/visits", body)
    assert (made["state"], made["number"][:3]) == ("requested", "FW-")
    return made


async def _act(person: Person, visit_id: str, act: str, body: Any = None) -> dict[str, Any]:
    version = (await person.get(f"/visits/{visit_id}"))["version"]
    done: dict[str, Any] = await person.send(f"/visits/{visit_id}/{act}", body, version=version)
    return done


async def _arrived(town: Town, owner: Person, visitor: Person) -> dict[str, Any]:
    """Booked, confirmed, reminded of, and the pass on the owner's phone scanned at the door."""
    made = await _booked(town, owner)
    await _act(visitor, made["id"], "confirm")
    starts_at = datetime.fromisoformat(made["starts_at"])
    await _until(town, starts_at - timedelta(hours=40))
    await _until(town, starts_at - timedelta(hours=1))
    assert await owner.inbox() == ["visit_confirmed", "visit_reminder", "visit_reminder_soon"]
    early = await owner.get(f"/visits/{made['id']}/pass")
    assert early["token"] is None
    await _until(town, starts_at - timedelta(minutes=5))
    shown = await owner.get(f"/visits/{made['id']}/pass")
    assert [one["name"] for one in shown["visitors"]] == ["zoufang"]
    assert "不是检查" in shown["notice"]
    assert shown["legal_basis"]
    done: dict[str, Any] = await visitor.send(f"/visits/{made['id']}/arrive", {"token": shown["token"]})
    assert done["state"] == "arrived"
    twice = await visitor.tries(f"/visits/{made['id']}/arrive", {"token": shown["token"]})
    assert (twice.status_code, twice.json()["code"]) == (409, "visits.pass_used")
    return done


async def _kept(owner: Person, visitor: Person, promise: dict[str, Any]) -> None:
    """Whoever promised answers the case, and its owner says that it is done."""
    case = await visitor.get(f"/cases/{promise['case']['id']}")
    if case["state"] != "in_progress":
        await visitor.send(f"/cases/{case['id']}/accept", version=case["version"])
    version = (await visitor.get(f"/cases/{case['id']}"))["version"]
    await visitor.send(f"/cases/{case['id']}/answer", {"text": "已办好，材料已送到。"}, version=version)
    done = await owner.send(f"/cases/{case['id']}/confirm", {})
    assert done["state"] == "closed_confirmed"


async def test_a_visit_from_booking_to_its_rating(town: Town) -> None:
    owner, visitor = await town.owner(1), await _visitor(town)
    made = await _arrived(town, owner, visitor)
    path, today = f"/visits/{made['id']}/report", town.clock.now().date()
    due = [str(today + timedelta(days=days)) for days in (3, 7)]
    body = {
        "text": "介绍了稳岗补贴的条件和材料，企业有意申请。",
        "findings": [{"kind": "difficulty", "words": "旺季用工紧张"}],
        "promises": [
            {"text": "送来申请材料清单", "due_on": due[0], "takes": True},
            {"text": "约社保窗口当面讲解", "due_on": due[1], "takes": True},
        ],
    }
    wrong = {**body, "text": "现场检查发现违规，责令改正"}
    refused = await visitor.tries(path, wrong, version=made["version"])
    assert refused.json()["code"] == "visits.report_wrong"
    assert {one["path"] for one in refused.json()["fields"]} == {"text"}
    filed = await visitor.send(path, body, version=made["version"])
    assert filed["state"] == "reported"
    late = await visitor.tries(path, body, version=made["version"])
    assert (late.status_code, late.json()["code"]) == (412, "visits.changed")
    assert (await owner.inbox())[-1] == "visit_minutes"
    read = await owner.get(path)
    assert [one["text"] for one in read["promises"]] == ["送来申请材料清单", "约社保窗口当面讲解"]
    assert [date.fromisoformat(one["due_on"]) for one in read["promises"]] == [date.fromisoformat(one) for one in due]
    closed = await owner.send(f"{path}/confirm", {"edition": 1})
    assert closed["state"] == "closed"
    await town.work()
    for promise in read["promises"]:
        await _kept(owner, visitor, promise)
    await town.work()
    done = await owner.get(path)
    assert [one["case"]["state"] for one in done["promises"]] == ["closed_confirmed", "closed_confirmed"]
    assert all(one["kept_at"] for one in done["promises"])
    await _until(town, town.clock.now() + timedelta(days=3, hours=1))
    assert "visit_rating_wanted" in await owner.inbox()
    await owner.send(f"/visits/{made['id']}/rate", {"level": 5, "text": "说到做到"})
    (word,) = (await visitor.get(path))["confirmations"]
    assert (word["state"], word["rating"]["level_word"]) == ("confirmed", "非常满意")
    log = [one["kind"] for one in (await owner.get(f"/visits/{made['id']}"))["events"]]
    assert log[:4] == ["requested", "confirmed", "arrived", "reported"]
    assert log[-1] == "rated"
    assert log.count("promise_kept") == 2
    (month,) = (await town.door.get("/api/public/v1/visit-figures")).json()["items"]
    told = ("took_place", "back_filled", "closed_confirmed", "closed_by_silence", "promises", "promises_kept")
    assert [month[name] for name in told] == [1, 0, 1, 0, 2, 2]


async def test_minutes_objected_to_amended_and_then_left_to_silence(town: Town) -> None:
    owner, visitor = await town.owner(1), await _visitor(town)
    made = await _arrived(town, owner, visitor)
    path = f"/visits/{made['id']}/report"
    filed = await visitor.send(path, {"text": "企业表示近期招聘十人。"}, version=made["version"])
    await owner.send(f"{path}/object", {"edition": 1, "reason": "我说的是两人"})
    assert "visit_minutes_objected" in {one["kind"] for one in (await visitor.get("/notices"))["items"]}
    stale = await visitor.tries(f"{path}/amend", {"text": "两人。", "why": "核对"}, version=filed["version"])
    assert stale.status_code == 412
    await _act(visitor, made["id"], "report/amend", {"text": "企业表示近期招聘两人。", "why": "企业指出人数有误"})
    await _until(town, town.clock.now() + timedelta(days=30))
    assert (await visitor.get(path))["state"] == "reported"
    read = await owner.get(path)
    assert [one["edition"] for one in read["editions"]] == [2, 1]
    silence_at = (await owner.get(path))["confirmations"][0]["silence_at"]
    await _until(town, datetime.fromisoformat(silence_at) - timedelta(hours=20))
    assert (await owner.inbox())[-1] == "visit_minutes_due"
    await _until(town, datetime.fromisoformat(silence_at))
    done = await owner.get(path)
    assert (done["state"], done["closed_by"]) == ("closed", "silence")


async def test_an_arrival_that_never_was(town: Town) -> None:
    owner, visitor = await town.owner(1), await _visitor(town)
    superior = await town.member("zhuren", Role.MANAGER)
    made = await _booked(town, owner)
    await _act(visitor, made["id"], "confirm")
    starts_at = datetime.fromisoformat(made["starts_at"])
    await _until(town, starts_at + timedelta(days=1))
    assert "visit_unrecorded" in {one["kind"] for one in (await visitor.get("/notices"))["items"]}
    told = {"arrived_at": made["starts_at"], "reason": "当天手机没电"}
    assert (await _act(visitor, made["id"], "arrive/back-fill", told))["state"] == "arrived"
    assert (await owner.inbox())[-1] == "visit_arrival_noted"
    (noted,) = (await owner.get(f"/visits/{made['id']}/report"))["attendances"]
    assert noted["how_word"] == "事后补登"
    await owner.send(f"/visits/{made['id']}/arrival/object", {"reason": "当天没有人来"})
    verdict = {"enterprise_id": owner.shop, "verdict": "店内监控证实", "is_upheld": True}
    assert (await _act(superior, made["id"], "arrive/decide", verdict))["state"] == "no_show_staff"
    (month,) = (await town.door.get("/api/public/v1/visit-figures")).json()["items"]
    assert (month["confirmed"], month["missed_by_bureau"]) == (1, 1)
