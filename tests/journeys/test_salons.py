"""小微沙龙 as its people live it: invited with a reason, a fair seat, a door offline, every question answered.

All of it over HTTP with real sessions; the days go by by hand. What a scanner does offline is done here with nothing
but what it downloaded before: the public key and the list of revoked tickets.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend import moderation
from backend.access import Role
from backend.foundation.ids import new_id
from tests.journeys.town import Person, Town
from workers.salons import note_missing_people, sweep_salons

ABOUT = {"document": "湖演示发〔2026〕9号", "article": "第三条", "sentence": "面向成立满一年的经营者。"}
RULE = {"not": {"fact": "founded_on", "op": "within", "value": {"years": 1}, "citation": ABOUT}}
REASON = "您的店成立满一年，正好可以听一听信用修复"
FEEDBACK = "/api/public/v1/salon-feedback"
ASKED = "首次违法怎么认定？"
SAID = "一年内第一次，且及时改正的，依法可以不予处罚。"


@dataclass
class Scanner:
    """A telephone at the door: it loads what it needs, loses the network, and sends what it read hours later."""

    name: str
    person: Person
    salon: str
    bundle: dict[str, Any] = field(default_factory=dict)
    scans: list[dict[str, str]] = field(default_factory=list)

    async def load(self) -> None:
        self.bundle = await self.person.get(f"/salons/{self.salon}/check-in-bundle")

    def read(self, token: str, at: datetime) -> bool:
        """Tell whether it lets the holder in; raises InvalidSignature for what nobody of ours signed."""
        whole = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        keys = {one["id"]: base64.b64decode(one["public_key"]) for one in self.bundle["public_keys"]}
        Ed25519PublicKey.from_public_bytes(keys[whole[1:5].hex()]).verify(whole[-64:], whole[:-64])
        self.scans.append({"id": str(new_id()), "token": token, "direction": "in", "scanned_at": at.isoformat()})
        return whole[5] == 0 and whole[38:46].hex() not in self.bundle["revoked"]

    async def send(self) -> list[tuple[str, str | None]]:
        told = await self.person.send(f"/salons/{self.salon}/scans", {"device": self.name, "scans": self.scans})
        return [(one["outcome"], one["refusal"]) for one in told["items"]]


async def _until(town: Town, moment: datetime) -> None:
    """Time goes by, and the workers do what they do by the clock."""
    town.clock.set(moment.astimezone(UTC))
    await sweep_salons()
    await note_missing_people()
    await _work(town)


async def _work(town: Town) -> None:
    await moderation.check()
    await town.work()


def _content(now: datetime) -> dict[str, Any]:
    """A salon in two weeks with two seats, for which one can sign up from tomorrow on."""
    starts_at = now + timedelta(days=14, hours=4)
    return {
        "title": "信用修复面对面",
        "topic": "compliance",
        "intro": "讲清首违不罚和信用修复怎么办理。",
        "organisers": ["市市场监管局"],
        "address": "市民服务中心三楼",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=2)).isoformat(),
        "opens_at": (now + timedelta(days=1)).isoformat(),
        "closes_at": (starts_at - timedelta(hours=1)).isoformat(),
        "rule": RULE,
        "reason": REASON,
        "quotas": [{"title": "现场席位", "way": "hall", "seats": 2}],
    }


async def _published(town: Town, editor: Person) -> dict[str, Any]:
    """Whoever fits is invited once signing up begins, and nobody before."""
    made = await editor.send("/salons", _content(town.clock.now()))
    done = await editor.send(f"/salons/{made['id']}/publish", version=made["version"])
    assert (done["state"], done["number"][:3]) == ("published", "SL-")
    await _work(town)
    assert [await one.inbox() for one in town.owners.values()] == [[], [], []]
    salon: dict[str, Any] = await editor.get(f"/salons/{made['id']}")
    await _until(town, datetime.fromisoformat(salon["opens_at"]))
    assert [await one.inbox() for one in town.owners.values()] == [["salon_invited"], [], ["salon_invited"]]
    (told,) = (await town.owners["1"].get("/inbox"))["items"]
    assert REASON in told["body"]
    (shown,) = (await town.door.get("/api/public/v1/salons")).json()["items"]
    assert (shown["id"], shown["state"], shown["quotas"][0]["free"]) == (made["id"], "open", 2)
    return salon


async def _signed_up(owner: Person, salon: str, *, waits: bool = False) -> dict[str, Any]:
    body = {"enterprise_id": owner.shop, "waits": waits}
    made: dict[str, Any] = await owner.send(f"/salons/{salon}/signups", body)
    return made


async def _one_gives_his_seat_to_the_next(town: Town, salon: str) -> dict[str, dict[str, Any]]:
    """Two have seats, the third waits; the first one leaves, and the third takes what he is offered."""
    first, second, third = town.owners.values()
    made = {number: await _signed_up(town.owners[number], salon) for number in ("1", "2")}
    assert [one["state"] for one in made.values()] == ["confirmed", "confirmed"]
    full = await third.tries(f"/salons/{salon}/signups", {"enterprise_id": third.shop})
    assert (full.status_code, full.json()["code"]) == (409, "salons.full")
    made["3"] = await _signed_up(third, salon, waits=True)
    assert (made["3"]["state"], made["3"]["position"]) == ("waiting", 1)
    old = await first.get(f"/salon-signups/{made['1']['id']}/ticket")
    await first.send(f"/salon-signups/{made['1']['id']}/leave", {"reason": "临时有事"})
    offered = await third.get(f"/salon-signups/{made['3']['id']}")
    assert (offered["state"], offered["position"]) == ("offered", None)
    again = await first.tries(f"/salons/{salon}/signups", {"enterprise_id": first.shop})
    assert again.json()["code"] == "salons.full"
    taken = await third.send(f"/salon-signups/{made['3']['id']}/accept")
    assert taken["state"] == "confirmed"
    await _work(town)
    assert await second.inbox() == ["salon_confirmed"]
    # He has accepted before he was told of the offer: of that he hears no more.
    assert await third.inbox() == ["salon_invited", "salon_confirmed"]
    return {**made, "old": old}


async def _asked(town: Town, owner: Person, host: Person, salon: str) -> str:
    """He asks beforehand; the host sees it once it has been checked, as a case."""
    await owner.send(f"/salons/{salon}/questions", {"body": ASKED})
    (unchecked,) = (await host.get(f"/salons/{salon}/questions"))["items"]
    assert (unchecked["state"], unchecked["case_number"]) == ("checking", None)
    await _work(town)
    (shown,) = (await host.get(f"/salons/{salon}/questions"))["items"]
    assert (shown["state"], shown["case_number"][:3]) == ("shown", "WW-")
    return str(shown["id"])


async def _through_two_doors(town: Town, host: Person, salon: dict[str, Any], made: dict[str, dict[str, Any]]) -> None:
    """One ticket is read at both doors without a network; it counts once and stands in the list of conflicts."""
    came, begins = town.owners["3"], datetime.fromisoformat(salon["starts_at"])
    doors = [Scanner(name, host, salon["id"]) for name in ("东门", "西门")]
    ticket = await came.get(f"/salon-signups/{made['3']['id']}/ticket")
    for door in doors:
        await door.load()
    assert [doors[0].read(ticket["token"], begins), doors[0].read(made["old"]["token"], begins)] == [True, False]
    assert doors[1].read(ticket["token"], begins + timedelta(minutes=3))
    await _until(town, begins + timedelta(hours=1))
    # The later one is the first to find a network: what came first at the door counts, not what came first to us.
    assert await doors[1].send() == [("entered", None)]
    assert await doors[0].send() == [("entered", None), ("refused", "cancelled")]
    assert await doors[1].send() == [("conflict", None)]
    there = await host.get(f"/salons/{salon['id']}/attendance")
    assert (there["inside"], there["came"], there["expected"]) == (1, 1, 2)
    assert [(one["device"], one["enterprise"]) for one in there["conflicts"]] == [("西门", "湖州演示3号店")]
    assert (await came.get(f"/salon-signups/{made['3']['id']}"))["state"] == "attended"


async def _answered(host: Person, owner: Person, editor: Person, salon: str, question: str) -> None:
    """What the host says stands in the asker's case; how much was asked and answered is told with the minutes."""
    await host.send(f"/salon-questions/{question}/answer", {"words": SAID})
    (case,) = (await owner.get("/cases"))["items"]
    told = await owner.get(f"/cases/{case['id']}")
    assert f"现场答复：{SAID}" in [one["body"] for one in told["timeline"]]
    version = (await editor.get(f"/salons/{salon}"))["version"]
    early = await editor.tries(f"/salons/{salon}/minutes", {"minutes": "纪要"}, method="PUT", version=version)
    assert early.status_code == 409


async def _read_afterwards(town: Town, editor: Person, salon: dict[str, Any], signup: str) -> None:
    """Minutes for everybody, materials for those who came."""
    path = f"/salons/{salon['id']}"
    await _until(town, datetime.fromisoformat(salon["ends_at"]) + timedelta(minutes=1))
    version = (await editor.get(path))["version"]
    done = await editor.send(f"{path}/minutes", {"minutes": "答复了全部提问。"}, method="PUT", version=version)
    slides = {"materials": [{"title": "讲义", "url": "https://example.com/slides.pdf"}]}
    await editor.send(f"{path}/materials", slides, method="PUT", version=done["version"])
    await _work(town)
    owner = town.owners["3"]
    assert (await owner.inbox())[-3:] == ["salon_reminder", "salon_reminder", "salon_materials"]
    assert [one["title"] for one in (await owner.get(f"/salon-signups/{signup}"))["materials"]] == ["讲义"]
    told = (await town.door.get(f"/api/public/v1/salons/{salon['id']}/questions")).json()
    assert (told["asked"], told["answered"], told["items"][0]["spoken_answer"]) == (1, 1, SAID)


async def _judged_by_nobody_in_particular(town: Town, editor: Person, salon: str, signup: str) -> None:
    token = (await town.owners["3"].send(f"/salon-signups/{signup}/feedback-token"))["token"]
    drawn = await town.owners["3"].tries(f"/salon-signups/{signup}/feedback-token")
    assert drawn.json()["code"] == "salons.feedback_given"
    given = {"token": token, "rating": 5, "body": "讲得清楚"}
    answers = [await town.door.post(FEEDBACK, json=given) for _ in range(2)]
    assert [one.status_code for one in answers] == [204, 409]
    told = await editor.get(f"/salons/{salon}/feedback")
    assert (told["count"], told["is_shown"], told["ratings"], told["words"]) == (0, False, {}, [])


async def _who_did_not_come_may_say_why(town: Town, host: Person, salon: dict[str, Any], signup: str) -> None:
    missing = town.owners["2"]
    await _until(town, datetime.fromisoformat(salon["ends_at"]) + timedelta(hours=25))
    assert (await missing.inbox())[-1] == "salon_no_show"
    stood = await missing.get("/salon-standing")
    assert stood["lowered_until"]
    assert "不会被禁止参加" in stood["rule"]
    await missing.send(f"/salon-signups/{signup}/explain", {"reason": "孩子急病"})
    (told,) = (await host.get("/salon-no-shows"))["items"]
    assert (told["signup_id"], told["explanation"]) == (signup, "孩子急病")
    await host.send(f"/salon-signups/{signup}/no-show/decide", {"is_excused": True})
    assert (await missing.inbox())[-1] == "salon_no_show_decided"
    assert (await missing.get("/salon-standing"))["lowered_until"] is None


async def test_a_salon_from_its_invitation_to_its_feedback(town: Town) -> None:
    town.owners |= {str(number): await town.owner(number) for number in (1, 2, 3)}
    editor, host = await town.member("jingban", Role.PUBLISHER), await town.member("menkou", Role.FRONT_DESK)
    salon = await _published(town, editor)
    made = await _one_gives_his_seat_to_the_next(town, salon["id"])
    question = await _asked(town, town.owners["3"], host, salon["id"])
    begins = datetime.fromisoformat(salon["starts_at"])
    for ahead in (timedelta(hours=24), timedelta(hours=2)):
        await _until(town, begins - ahead)
    await _through_two_doors(town, host, salon, made)
    await _answered(host, town.owners["3"], editor, salon["id"], question)
    await _read_afterwards(town, editor, salon, made["3"]["id"])
    await _judged_by_nobody_in_particular(town, editor, salon["id"], made["3"]["id"])
    await _who_did_not_come_may_say_why(town, host, salon, made["2"]["id"])
