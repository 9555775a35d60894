"""An owner sees his own needs, consents and what banks offered; with what the bureau's and the banks' doors begin."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend import files
from backend.access import Actor, ActorKind
from backend.financing import applying, evidence
from backend.financing.banks import institutions
from backend.financing.consent import consenting
from backend.financing.models import Application, Referral
from backend.financing.referrals import drawing, referring, second_look
from backend.financing.referrals.offers import Offer
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from tests.backend.financing import people
from tests.backend.financing.people import MANAGER, signing
from tests.backend.questions.askers import picture
from tests.factories.people import add_binding, add_person, add_staff
from tests.support.matrix import Call, Row, World

NEED = {"amount_wan": "50", "months": 12, "purpose": "materials", "collateral": ["credit"]}


def _call(version: int, body: Any = None, **params: UUID | str) -> Call:
    return Call(params=params, body=body, headers={"If-Match": f'"{version}"'})


async def _bank(world: World) -> UUID:
    """A bank at whose desk the world's partner works, and another with his rival."""
    for one, name in ((world.partner, "甲银行"), (world.rival, "乙银行")):
        if await db.fetch_value("SELECT count(*) FROM financing_institutions WHERE name = $1", name) == 0:
            _, desk, _ = await people.bank(name)
            await add_staff(staff_id=one.id)
            sql = "INSERT INTO staff_grants (id, staff_id, role, granted_at) VALUES ($1, $2, 'partner', $3)"
            await db.execute(sql, new_id(), one.id, clock.now())
            assert one.id
            await institutions.join(desk, one.id, actor=MANAGER)
    found: UUID = await db.fetch_value("SELECT id FROM financing_institutions WHERE name = '甲银行'")
    return found


async def _owner(world: World) -> Actor:
    """The world's owner, acting for a shop of his own."""
    number = 1 + await db.fetch_value("SELECT count(*) FROM enterprises")
    assert world.owner.id
    assert world.other.id
    await add_person(world.runtime, "13905721111", person_id=world.owner.id)
    await add_person(world.runtime, "13905722222", person_id=world.other.id)
    other, place = await people.owner(world.runtime, number, role="manager")
    await db.execute("UPDATE bindings SET state = 'ended', ended_at = now() WHERE person_id = $1", other.id)
    await add_binding(world.owner, place, "representative")
    return Actor(ActorKind.OWNER, world.owner.id, enterprise_id=place)


async def _draft(world: World) -> tuple[Application, Actor]:
    person = await _owner(world)
    return await applying.draft(people.asked(), actor=person), person


async def _opened(world: World) -> tuple[Application, Actor, UUID]:
    version = await people.product(await _bank(world), f"快贷{new_id().hex[-6:]}")
    await people.neighbours(6)
    made, person = await _draft(world)
    return await applying.submit(made.id, actor=person, version=made.version), person, version


async def _referred(world: World) -> Referral:
    made, person, version = await _opened(world)
    return await consenting.sign(made.id, signing(version), actor=person)


async def _accepted(world: World) -> Referral:
    sent = await _referred(world)
    return await referring.accept(sent.id, actor=world.partner, version=sent.version)


def _terms() -> Offer:
    until = clock.today() + timedelta(days=9)
    return Offer(Decimal(50), 12, "interest_first", "credit", until, Decimal("3.85"))


async def _approved(world: World) -> Referral:
    sent = await _accepted(world)
    return await referring.offer(sent.id, _terms(), actor=world.partner, version=sent.version)


async def _need(world: World) -> Call:
    person = await _owner(world)
    return Call(body={**NEED, "enterprise_id": str(person.enterprise_id)})


async def _show(world: World) -> Call:
    return Call(params={"application_id": (await _opened(world))[0].id})


async def _edit(world: World) -> Call:
    made, _ = await _draft(world)
    return _call(made.version, NEED, application_id=made.id)


async def _submit(world: World) -> Call:
    made, _ = await _draft(world)
    return _call(made.version, application_id=made.id)


async def _withdraw(world: World) -> Call:
    return Call(params={"application_id": (await _opened(world))[0].id}, body={"reason": ""})


async def _sign(world: World) -> Call:
    made, _, version = await _opened(world)
    body = {
        "version_id": str(version),
        "kinds": ["need", "registration"],
        "text_version": "2026-11",
        "expires_on": str(clock.today() + timedelta(days=5)),
    }
    return Call(params={"application_id": made.id}, body=body)


async def _to_prove(world: World) -> Call:
    made, person = await _draft(world)
    file = await files.store(person, evidence.PURPOSE, "执照.png", picture())
    body = {"standard": "operating", "file_id": str(file.id)}
    return Call(params={"application_id": made.id}, body=body)


async def _proven(world: World) -> Call:
    made, person = await _draft(world)
    file = await files.store(person, evidence.PURPOSE, "执照.png", picture())
    shown = await evidence.add(made.id, "operating", file.id, actor=person)
    return Call(params={"application_id": made.id, "evidence_id": shown})


async def _revoke(world: World) -> Call:
    return Call(params={"consent_id": (await _referred(world)).consent_id}, body={"reason": "不需要了"})


async def _prove(world: World) -> Call:
    return Call(params={"consent_id": (await _referred(world)).consent_id})


async def _noted(world: World) -> Referral:
    sent, today = await _approved(world), clock.today()
    paid = drawing.Drawing(today, Decimal(50), today + timedelta(days=365))
    return await drawing.note(sent.id, paid, actor=world.partner, version=sent.version)


async def _drawn(world: World) -> Call:
    noted = await _noted(world)
    await drawing.confirm(noted.id, actor=world.owner, version=noted.version)
    return Call(params={"referral_id": noted.id})


async def _to_agree(world: World) -> Call:
    sent = await _approved(world)
    again = await referring.offer(sent.id, _terms(), actor=world.partner, version=sent.version)
    sql = "UPDATE financing_offers SET behind = 1, differences = '{金额减少}' WHERE referral_id = $1 AND edition = 2"
    await db.execute(sql, sent.id)
    return _call(again.version, referral_id=sent.id)


async def _to_confirm(world: World) -> Call:
    noted = await _noted(world)
    return _call(noted.version, referral_id=noted.id)


async def _to_contest(world: World) -> Call:
    noted = await _noted(world)
    return _call(noted.version, {"words": "没有收到"}, referral_id=noted.id)


async def _refused(world: World) -> Referral:
    sent = await _accepted(world)
    refusal = referring.Refusal("collateral_short", "缺少抵押物", "增加担保")
    return await referring.refuse(sent.id, refusal, actor=world.partner, version=sent.version)


async def _ask_again(world: World) -> Call:
    return Call(params={"referral_id": (await _refused(world)).id}, body={"words": "已增加担保"})


async def _asked_again(world: World) -> Referral:
    return await second_look.ask((await _refused(world)).id, "已增加担保", actor=world.owner)


_MINE = "/api/owner/v1/financing-applications/<application_id:uuid>"
_OWN = "/api/owner/v1/financing-referrals/<referral_id:uuid>"
_CONSENT = "/api/owner/v1/financing-consents/<consent_id:uuid>"
ROWS = (
    Row("GET", "/api/public/v1/financing-products"),
    Row("GET", "/api/public/v1/financing-proof-key"),
    Row("GET", "/api/owner/v1/financing-choices"),
    Row("GET", "/api/owner/v1/financing-applications"),
    Row("POST", "/api/owner/v1/financing-applications", others=404, arrange=_need),
    Row("GET", _MINE, others=404, arrange=_show),
    Row("PUT", _MINE, others=404, arrange=_edit),
    Row("POST", f"{_MINE}/submit", others=404, arrange=_submit),
    Row("POST", f"{_MINE}/withdraw", others=404, arrange=_withdraw),
    Row("GET", f"{_MINE}/order", others=404, arrange=_show),
    Row("GET", f"{_MINE}/offers", others=404, arrange=_show),
    Row("GET", f"{_MINE}/reads", others=404, arrange=_show),
    Row("POST", f"{_MINE}/consents", others=404, arrange=_sign),
    Row("POST", f"{_MINE}/evidence", others=404, arrange=_to_prove),
    Row("DELETE", f"{_MINE}/evidence/<evidence_id:uuid>", others=404, arrange=_proven),
    Row("POST", f"{_CONSENT}/revoke", others=404, arrange=_revoke),
    Row("GET", f"{_CONSENT}/proof", others=404, arrange=_prove),
    Row("POST", f"{_OWN}/renewal", others=404, arrange=_drawn),
    Row("POST", f"{_OWN}/second-look", others=404, arrange=_ask_again),
    Row("POST", f"{_OWN}/agree", others=404, arrange=_to_agree),
    Row("POST", f"{_OWN}/confirm-drawing", others=404, arrange=_to_confirm),
    Row("POST", f"{_OWN}/contest-drawing", others=404, arrange=_to_contest),
)
