"""金融惠微 as its people live it: a need that names nobody, two banks under two consents, a refusal that is overturned.

All of it over HTTP with real sessions; the days go by by hand, and the workers' own jobs run.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.access import Role
from backend.foundation.ids import token
from tests.backend.financing.people import neighbours
from tests.backend.policies.people import UP_TO_TEN
from tests.backend.questions.askers import picture
from tests.journeys.town import PARTNER, Person, Town
from workers import financing as jobs

KINDS = ["need", "registration", "contact"]
STANDARDS = {
    key: {"is_met": True, "evidence": "见登记信息"} for key in ("operating", "premises", "need", "credit", "lawful_use")
}
NEED = {
    "amount_wan": "50",
    "months": 12,
    "purpose": "materials",
    "collateral": ["credit", "patent_pledge"],
    "standards": STANDARDS,
}
PRODUCT = {
    "name": "小微快贷",
    "summary": "小微企业贷款。",
    "collateral": ["credit", "patent_pledge"],
    "repayments": ["interest_first"],
    "amount_min_wan": "5",
    "amount_max_wan": "300",
    "months_min": 6,
    "months_max": 36,
    "rule": UP_TO_TEN,
    "source": "产品说明书",
    "valid_from": "2026-01-01",
}
FIXED = {"rate_kind": "range", "rate_min_percent": "3.2", "rate_max_percent": "4.5"}
FLOATING = {"rate_kind": "lpr", "lpr_tenor": "one_year", "bp_min": 0, "bp_max": 120}
OFFER = {"amount_wan": "50", "months": 12, "repayment": "interest_first"}
GUARANTEE = {"kind": "guarantee", "basis": "percent_of_principal", "amount": "1", "when": "yearly"}
REFUSAL = {"code": "collateral_short", "words": "缺少可以处置的抵押物", "remedy": "以专利权质押可重新考虑"}


@dataclass
class Bureau:
    """Who keeps the frame: desks and rates, products by two people, and who mediates."""

    manager: Person
    author: Person
    reviewer: Person
    mediator: Person


async def _bureau(town: Town) -> Bureau:
    roles = (Role.MANAGER, Role.PUBLISHER, Role.REVIEWER, Role.SPECIALIST)
    return Bureau(*[await town.member(role.value, role) for role in roles])


async def _bank(town: Town, bureau: Bureau, name: str, terms: dict[str, Any]) -> Person:
    """An institution with its assessment, a desk, somebody at it, and a product that a second person released."""
    banker = await town.member({"甲": "jia", "乙": "yi"}[name], Role.PARTNER, PARTNER)
    made = {"name": f"{name}银行", "kind": "bank", "contact": "0572-1234567"}
    bank = (await bureau.manager.send("/financing-institutions", made))["id"]
    product = {**PRODUCT, **terms, "institution_id": bank}
    draft = await bureau.author.send("/financing-products", product)
    await bureau.reviewer.send(f"/financing-products/{draft['id']}/publish", version=draft["version"])
    assessed = {"purpose": "对接", "risks": "泄露", "measures": "留痕", "level": "low", "valid_until": "2099-01-01"}
    await bureau.manager.send(f"/financing-institutions/{bank}/assessments", assessed)
    desk = (await bureau.manager.send(f"/financing-institutions/{bank}/desks", {"name": "普惠部"}))["id"]
    await bureau.manager.send(f"/financing-desks/{desk}/people", {"staff_id": str(banker.id)})
    return banker


async def _asked(owner: Person) -> str:
    """He says what he needs, lays a paper beside a standard, and submits; returns the path of his need."""
    draft = await owner.send("/financing-applications", {**NEED, "enterprise_id": owner.shop})
    path = f"/financing-applications/{draft['id']}"
    headers = {**owner.headers, "Idempotency-Key": token()}
    sent = {"file": ("执照.png", picture(), "image/png")}
    uploaded = await owner.door.post(f"{owner.base}/files?purpose=financing_evidence", headers=headers, files=sent)
    assert uploaded.status_code == 201, uploaded.text
    await owner.send(f"{path}/evidence", {"standard": "operating", "file_id": uploaded.json()["id"]})
    opened = await owner.send(f"{path}/submit", version=draft["version"])
    assert opened["state"] == "open"
    return path


async def _drawn_again(owner: Person, path: str) -> None:
    """Anybody draws the lots again from the published seed and finds the order he was shown."""
    told = await owner.get(f"{path}/order")
    shown = [(one["institution_id"], one["answer"]) for one in told["items"]]
    lots = {one: hashlib.sha256(f"{told['seed']}:{one}".encode()).hexdigest() for one, _ in shown}
    assert shown == sorted(shown, key=lambda one: lots[one[0]])


async def _nobody_yet(banker: Person) -> None:
    """Before a consent a bank reads what names nobody, and may say with figures that it is interested."""
    (listing,) = (await banker.get("/listings"))["items"]
    assert (listing["amount_band"], listing["purpose"]) == ("to_50", "materials")
    assert not {"enterprise", "number", "uscc"} & set(listing)
    rates = {"rate_min_percent": "3.6", "rate_max_percent": "4.2"}
    await banker.send(f"/listings/{listing['listing_id']}/signal", {**OFFER, **rates})
    assert (await banker.get("/referrals"))["items"] == []


async def _consents(town: Town, owner: Person, path: str) -> None:
    """One bank may read his papers too, the other may not."""
    choices, shown = await owner.get("/financing-choices"), await owner.get(path)
    by_bank = {one["institution"]: one for one in shown["matches"]}
    assert [one["answer"] for one in shown["matches"]] == ["yes", "yes"]
    assert [one["institution"] for one in shown["signals"]] == ["甲银行"]
    until = str(town.clock.now().date() + timedelta(days=60))
    for bank, kinds in (("甲银行", [*KINDS, "evidence"]), ("乙银行", KINDS)):
        consent = {
            "version_id": by_bank[bank]["version_id"],
            "kinds": kinds,
            "text_version": choices["text_version"],
            "separate_version": choices["separate_version"],
            "expires_on": until,
        }
        sent = await owner.send(f"{path}/consents", consent)
        assert sent["state"] == "routed"


async def _act(banker: Person, referral: str, act: str, body: Any = None) -> dict[str, Any]:
    version = (await banker.get(f"/referrals/{referral}"))["version"]
    done: dict[str, Any] = await banker.send(f"/referrals/{referral}/{act}", body, version=version)
    return done


async def _sent_to(banker: Person) -> str:
    (one,) = (await banker.get("/referrals"))["items"]
    return str(one["id"])


async def _read(first: Person, own: str, second: Person, other: str) -> None:
    """Each bank reads what was signed for it, the papers only under the consent that names them."""
    read = await first.send(f"/referrals/{own}/reading")
    values = {one["field"]: one["value"] for one in read["fields"]}
    assert (values["name"], values["phone"]) == ("湖州演示1号店", "13800000001")
    (paper,) = read["evidence"]
    opened = await first.tries(f"/referrals/{own}/evidence/{paper['id']}/reading")
    assert opened.status_code == 200
    assert (opened.headers["content-type"], opened.headers["cache-control"]) == ("image/png", "private, no-store")
    assert hashlib.sha256(opened.content).hexdigest() == paper["sha256"]
    assert (await second.send(f"/referrals/{other}/reading"))["evidence"] == []
    refused = await second.tries(f"/referrals/{other}/evidence/{paper['id']}/reading")
    assert (refused.status_code, refused.json()["code"]) == (403, "financing.not_consented")
    for foreign in (f"/referrals/{own}/reading", f"/referrals/{own}/evidence/{paper['id']}/reading"):
        assert (await second.tries(foreign)).status_code == 404


async def _offer(town: Town, banker: Person, referral: str, **terms: Any) -> dict[str, Any]:
    until = str(town.clock.now().date() + timedelta(days=20))
    offered = {**OFFER, "valid_until": until, **terms}
    return await _act(banker, referral, "offer", offered)


async def _second_look(town: Town, owner: Person, bureau: Bureau, banker: Person, referral: str) -> None:
    """A refusal with its ground is looked at once more, the bureau gets in touch, the bank thinks better of it."""
    await _act(banker, referral, "accept")
    await _act(banker, referral, "refuse", REFUSAL)
    asked = await owner.send(f"/financing-referrals/{referral}/second-look", {"words": "可以专利权质押"})
    await bureau.mediator.send(f"/financing-referrals/{referral}/mediate", version=asked["version"])
    until = str(town.clock.now().date() + timedelta(days=20))
    floating = {"lpr_tenor": "one_year", "bp": 100, "collateral": "patent_pledge", "valid_until": until}
    answer = {"words": "同意以专利权质押办理", "offer": {**OFFER, **floating}}
    assert (await _act(banker, referral, "second-look", answer))["state"] == "approved"


async def _answer(owner: Person, path: str, referral: str, verb: str, body: Any = None) -> dict[str, Any]:
    """He says of what a bank noted as drawn whether it was."""
    told = await owner.get(path)
    version = next(one["version"] for one in told["referrals"] if one["id"] == referral)
    done: dict[str, Any] = await owner.send(f"/financing-referrals/{referral}/{verb}-drawing", body, version=version)
    return done


async def _not_drawn(owner: Person, path: str, bureau: Bureau, banker: Person, drawing: Any) -> None:
    """A slip of the hand at the other bank costs him nothing: he says so, its offer stands, the bureau hears of it."""
    referral = await _sent_to(banker)
    assert (await _act(banker, referral, "draw", drawing))["state"] == "drawing"
    assert (await _answer(owner, path, referral, "contest", {"words": "没有收到放款"}))["state"] == "approved"
    contested = await bureau.mediator.get("/financing-referrals", attention="contested")
    assert [one["id"] for one in contested["items"]] == [referral]
    assert "drawing_contested" in {one["kind"] for one in (await bureau.mediator.get("/notices"))["items"]}


async def _compared(owner: Person, path: str) -> None:
    told = await owner.get(f"{path}/offers")
    costs = [(one["institution"], one["cost"]["apr_percent"]) for one in told["items"]]
    assert costs == [("甲银行", "4.0742"), ("乙银行", "4.6197")]
    assert told["rests_on_unverified_lpr"] is True


async def _proven(town: Town, owner: Person, path: str) -> dict[str, Any]:
    """He takes the proof of the first consent with him; anybody checks it with the published key alone."""
    consent = (await owner.get(path))["consents"][0]["id"]
    proof = await owner.get(f"/financing-consents/{consent}/proof")
    key = (await town.door.get("/api/public/v1/financing-proof-key")).json()["public_key"]
    signed = json.dumps(proof["payload"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(base64.b64decode(proof["signature"]), signed)
    payload: dict[str, Any] = proof["payload"]
    return payload


async def test_from_a_need_to_a_loan_and_its_renewal(town: Town) -> None:
    await neighbours(8, industry="H6210")
    owner, bureau = await town.owner(1), await _bureau(town)
    first, second = await _bank(town, bureau, "甲", FLOATING), await _bank(town, bureau, "乙", FIXED)
    path = await _asked(owner)
    await _drawn_again(owner, path)
    await _nobody_yet(first)
    await _consents(town, owner, path)
    own, other = await _sent_to(first), await _sent_to(second)
    await _read(first, own, second, other)
    await _second_look(town, owner, bureau, first, own)
    for act in ("accept", "contact", "investigate"):
        await _act(second, other, act)
    await _offer(town, second, other, rate_percent="3.5", collateral="credit", fees=[GUARANTEE])
    await _compared(owner, path)
    today = town.clock.now().date()
    drawing = {"drawn_on": str(today), "drawn_wan": "50", "due_on": str(today + timedelta(days=365))}
    await _not_drawn(owner, path, bureau, second, drawing)
    assert (await _act(first, own, "draw", drawing))["state"] == "drawing"
    assert (await owner.get(path))["state"] == "chosen"
    assert (await _answer(owner, path, own, "confirm"))["state"] == "drawn"
    over = await owner.get(path)
    assert (over["state"], [one["state"] for one in over["referrals"]]) == ("closed", ["drawn", "given_up"])
    assert (await second.tries(f"/referrals/{other}/reading")).json()["code"] == "financing.consent_revoked"
    assert [one["paper"] for one in (await owner.get(f"{path}/reads"))["items"]] == [None, "执照.png", None]
    proven = await _proven(town, owner, path)
    assert (proven["consent"]["recipient"], proven["consent"]["end"]["how"]) == ("甲银行", "referral_over")
    assert len(proven["reads"]) == 2
    pledged = await bureau.manager.get("/financing-ip-pledges", year=str(today.year))
    assert (pledged["loans"], pledged["drawn_wan"], pledged["value"]) == (1, "50", "0.0050")
    await town.work()
    town.clock.advance(timedelta(days=365 - 61))
    await jobs.remind_of_renewals()
    assert "financing_renewal" not in await owner.inbox()
    town.clock.advance(timedelta(days=1))
    await jobs.remind_of_renewals()
    await jobs.remind_of_renewals()
    assert (await owner.inbox()).count("financing_renewal") == 1
    renewal = await owner.send(f"/financing-referrals/{own}/renewal")
    draft = await owner.get(f"/financing-applications/{renewal['id']}")
    assert (draft["purpose"], draft["amount_wan"], len(draft["evidence"])) == ("renewal", "50", 1)
    again = await owner.send(f"/financing-applications/{renewal['id']}/submit", version=draft["version"])
    assert again["state"] == "open"


async def test_a_bank_that_lets_its_time_pass_makes_room_and_its_superior_hears(town: Town) -> None:
    await neighbours(8, industry="H6210")
    owner, bureau = await town.owner(1), await _bureau(town)
    first, second = await _bank(town, bureau, "甲", FLOATING), await _bank(town, bureau, "乙", FIXED)
    path = await _asked(owner)
    await _nobody_yet(first)
    await _consents(town, owner, path)
    own, other = await _sent_to(first), await _sent_to(second)
    await _act(second, other, "accept")
    await _offer(town, second, other, rate_percent="3.5", collateral="credit")
    town.clock.advance(timedelta(days=10))
    await jobs.sweep_financing()
    assert [one["state"] for one in (await owner.get(path))["referrals"]] == ["unknown", "approved"]
    assert "referral_overdue" in {one["kind"] for one in (await bureau.mediator.get("/notices"))["items"]}
    refused = await first.tries(f"/referrals/{own}/reading")
    assert (refused.status_code, refused.json()["code"]) == (403, "financing.not_routed")
    town.clock.advance(timedelta(days=50, minutes=1))
    await jobs.sweep_financing()
    ended = (await owner.get(path))["referrals"][1]
    assert (ended["state"], ended["end_reason"]) == ("unknown", "授信后未在期限内登记放款")
