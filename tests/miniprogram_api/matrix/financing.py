"""An owner sees his own; a bank its own desk's referrals under a consent; the bureau keeps the frame and looks on."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend import files
from backend.access import Actor, ActorKind, Role
from backend.financing import applying, evidence
from backend.financing.banks import clients, institutions, listing
from backend.financing.catalogue import products
from backend.financing.consent import consenting
from backend.financing.costs import lprs
from backend.financing.models import Application, Referral
from backend.financing.referrals import referring, second_look
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.staff import second_factor
from tests.backend.financing import people
from tests.backend.financing.people import MANAGER, content, signing
from tests.backend.questions.askers import picture
from tests.factories.people import PASSWORD, add_binding, add_person, add_staff
from tests.support.matrix import Call, Row, World

READERS = frozenset(
    {Role.FRONT_DESK, Role.SPECIALIST, Role.PUBLISHER, Role.REVIEWER, Role.MANAGER, Role.AUDITOR},
)
EDITORS = frozenset({Role.PUBLISHER, Role.REVIEWER})
MANAGERS = frozenset({Role.MANAGER})
MEDIATORS = frozenset({Role.SPECIALIST, Role.MANAGER})
ADD = {"name": "甲银行", "kind": "bank", "contact": "0572-1234567"}
NEED = {"amount_wan": "50", "months": 12, "purpose": "materials", "collateral": ["credit"]}
TERMS = {
    "amount_wan": "50",
    "months": 12,
    "repayment": "interest_first",
    "collateral": "credit",
    "valid_until": "2099-01-01",
    "rate_percent": "3.85",
}


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
    await people.neighbours(5)
    made, person = await _draft(world)
    return await applying.submit(made.id, actor=person, version=made.version), person, version


async def _referred(world: World) -> Referral:
    made, person, version = await _opened(world)
    return await consenting.sign(made.id, signing(version), actor=person)


async def _accepted(world: World) -> Referral:
    sent = await _referred(world)
    return await referring.accept(sent.id, actor=world.partner, version=sent.version)


async def _approved(world: World) -> Referral:
    sent = await _accepted(world)
    terms = referring.Offer(
        Decimal(50), 12, "interest_first", "credit", clock.today() + timedelta(days=9), Decimal("3.85")
    )
    return await referring.offer(sent.id, terms, actor=world.partner, version=sent.version)


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


async def _to_open(world: World) -> Call:
    made, person, version = await _opened(world)
    file = await files.store(person, evidence.PURPOSE, "执照.png", picture())
    shown = await evidence.add(made.id, "operating", file.id, actor=person)
    signed = signing(version, *people.ALL_KINDS, "evidence")
    sent = await consenting.sign(made.id, signed, actor=person)
    return Call(params={"referral_id": sent.id, "evidence_id": shown})


async def _revoke(world: World) -> Call:
    return Call(params={"consent_id": (await _referred(world)).consent_id}, body={"reason": "不需要了"})


async def _prove(world: World) -> Call:
    return Call(params={"consent_id": (await _referred(world)).consent_id})


async def _add_bank(world: World) -> Call:
    return Call(body={**ADD, "name": f"银行{new_id().hex[-6:]}"})


async def _new_bank() -> UUID:
    return (await people.bank(f"银行{new_id().hex[-6:]}"))[0]


async def _edit_bank(world: World) -> Call:
    return _call(1, {"name": "新名称", "contact": "0572-7654321", "is_open": False}, institution_id=await _new_bank())


async def _assess(world: World) -> Call:
    body = {"purpose": "对接", "risks": "泄露", "measures": "留痕", "level": "low", "valid_until": "2099-01-01"}
    return Call(params={"institution_id": await _new_bank()}, body=body)


async def _assessed(world: World) -> Call:
    return Call(params={"institution_id": await _new_bank()})


async def _typical(world: World) -> Call:
    loan = {"amount_wan": "50", "months": 12, "repayment": "interest_first", "rate_percent": "3.45"}
    return Call(body=loan)


async def _open_desk(world: World) -> Call:
    return Call(params={"institution_id": await _new_bank()}, body={"name": "安吉支行", "districts": ["330523"]})


async def _desk(world: World) -> Call:
    _, desk, _ = await people.bank(f"银行{new_id().hex[-6:]}")
    return Call(params={"desk_id": desk})


async def _join(world: World) -> Call:
    _, desk, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    assert someone.id
    await institutions.part(desk, someone.id, actor=MANAGER)
    return Call(params={"desk_id": desk}, body={"staff_id": str(someone.id)})


async def _part(world: World) -> Call:
    _, desk, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    assert someone.id
    return Call(params={"desk_id": desk, "staff_id": someone.id})


async def _rate(world: World) -> Call:
    day = clock.today() + timedelta(days=30)
    return Call(body={"tenor": "one_year", "effective_on": str(day), "rate_percent": "2.95", "source": "公告"})


async def _noted_rate(world: World) -> Call:
    """A rate of a day of its own; the table is kept between tests."""
    await _staffed(world)
    day = await db.fetch_value("SELECT greatest(max(effective_on), $1) + 1 FROM financing_lprs", date(2091, 1, 1))
    await lprs.note("one_year", day, Decimal("2.95"), "网页摘录", actor=MANAGER)
    body = {"tenor": "one_year", "effective_on": str(day), "rate_percent": "2.95", "source": "公告"}
    return Call(body=body)


async def _value(world: World) -> Call:
    row = await db.fetch_one("SELECT value, version FROM financing_terms WHERE key = 'open_days'")
    assert row
    return _call(row["version"], {"value": row["value"]}, key="open_days")


def _told() -> dict[str, Any]:
    made = content()
    return {
        "name": made.name,
        "summary": made.summary,
        "collateral": ["credit"],
        "repayments": ["interest_first"],
        "amount_min_wan": "5",
        "amount_max_wan": "300",
        "months_min": 6,
        "months_max": 36,
        "rate_kind": "lpr",
        "lpr_tenor": "one_year",
        "bp_min": 10,
        "bp_max": 80,
        "rule": made.rule,
        "source": made.source,
        "valid_from": "2026-01-01",
        "fees": [{"kind": "guarantee", "basis": "percent_of_principal", "amount": "0.8", "when": "yearly"}],
    }


async def _staffed(world: World) -> None:
    for one in world.staff.values():
        await add_staff(staff_id=one.id)


async def _draft_product(world: World) -> Call:
    await _staffed(world)
    return Call(body={**_told(), "institution_id": str(await _new_bank())})


async def _product(world: World, *, is_out: bool = False) -> tuple[UUID, int]:
    await _staffed(world)
    made = await products.draft(await _new_bank(), content(), actor=await people.editor())
    if is_out:
        made = await products.publish(made.id, actor=await people.editor(), version=made.version)
    return made.id, made.version


async def _show_product(world: World) -> Call:
    return Call(params={"product_id": (await _product(world))[0]})


async def _edit_product(world: World) -> Call:
    product_id, version = await _product(world)
    return _call(version, _told(), product_id=product_id)


async def _publish(world: World) -> Call:
    product_id, version = await _product(world)
    return _call(version, product_id=product_id)


async def _take_down(world: World) -> Call:
    product_id, version = await _product(world, is_out=True)
    return _call(version, {"reason": "停办"}, product_id=product_id)


async def _at_desk(world: World) -> Call:
    await _bank(world)
    return Call()


async def _seated(world: World) -> Call:
    await _bank(world)
    sql = """
    INSERT INTO staff_sessions (id, staff_id, token_hash, csrf_hash, created_at, seen_at)
    VALUES ($1, $2, $3, '', $4, $4)
    """
    for one in (world.partner, world.rival):
        await db.execute(sql, one.session_id, one.id, str(one.id).encode(), clock.now())
    return Call()


async def _signal(world: World) -> Call:
    made, _, _ = await _opened(world)
    body = {
        "amount_wan": "40",
        "months": 12,
        "rate_min_percent": "3.45",
        "rate_max_percent": "4",
        "repayment": "interest_first",
    }
    return Call(params={"listing_id": made.listing_id}, body=body)


async def _signalled(world: World) -> Call:
    made, _, _ = await _opened(world)
    terms = listing.Indication(Decimal(40), 12, Decimal(3), Decimal(4), "bullet")
    await listing.signal(made.listing_id, terms, actor=world.partner)
    return Call(params={"listing_id": made.listing_id})


async def _referral(world: World) -> Call:
    return Call(params={"referral_id": (await _referred(world)).id})


async def _to_accept(world: World) -> Call:
    sent = await _referred(world)
    return _call(sent.version, referral_id=sent.id)


async def _taken(world: World) -> Call:
    sent = await _accepted(world)
    return _call(sent.version, referral_id=sent.id)


async def _to_offer(world: World) -> Call:
    sent = await _accepted(world)
    return _call(sent.version, TERMS, referral_id=sent.id)


async def _to_refuse(world: World) -> Call:
    sent = await _accepted(world)
    body = {"code": "collateral_short", "words": "缺少抵押物", "remedy": "增加担保"}
    return _call(sent.version, body, referral_id=sent.id)


async def _to_give_up(world: World) -> Call:
    sent = await _accepted(world)
    return _call(sent.version, {"words": "电话告知暂不需要"}, referral_id=sent.id)


async def _to_draw(world: World) -> Call:
    sent = await _approved(world)
    today = clock.today()
    body = {"drawn_on": str(today), "drawn_wan": "50", "due_on": str(today + timedelta(days=365))}
    return _call(sent.version, body, referral_id=sent.id)


async def _drawn(world: World) -> Call:
    sent = await _approved(world)
    today = clock.today()
    paid = referring.Drawing(today, Decimal(50), today + timedelta(days=365))
    await referring.draw(sent.id, paid, actor=world.partner, version=sent.version)
    return Call(params={"referral_id": sent.id})


async def _refused(world: World) -> Referral:
    sent = await _accepted(world)
    refusal = referring.Refusal("collateral_short", "缺少抵押物", "增加担保")
    return await referring.refuse(sent.id, refusal, actor=world.partner, version=sent.version)


async def _ask_again(world: World) -> Call:
    return Call(params={"referral_id": (await _refused(world)).id}, body={"words": "已增加担保"})


async def _asked_again(world: World) -> Referral:
    return await second_look.ask((await _refused(world)).id, "已增加担保", actor=world.owner)


async def _mediate(world: World) -> Call:
    await _staffed(world)
    sent = await _asked_again(world)
    return _call(sent.version, referral_id=sent.id)


async def _answer_again(world: World) -> Call:
    sent = await _asked_again(world)
    return _call(sent.version, {"words": "同意办理", "offer": TERMS}, referral_id=sent.id)


async def _last_month(world: World) -> Call:
    day = clock.today().replace(day=1) - timedelta(days=1)
    return Call(query={"first": str(day), "last": str(day)})


async def _funnel(world: World) -> Call:
    return Call(query={**(await _last_month(world)).query, "by": "bank"})


async def _year(world: World) -> Call:
    return Call(query={"year": "2026"})


async def _issue(world: World) -> Call:
    _, _, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    return Call(body={"staff_id": str(someone.id), "name": "信贷系统", "webhook_url": "https://bank.example/hook"})


async def _client(world: World) -> Call:
    _, _, someone = await people.bank(f"银行{new_id().hex[-6:]}")
    assert someone.id
    return Call(params={"client_id": (await clients.issue(someone.id, "信贷系统", None, actor=MANAGER)).id})


async def _pick(world: World) -> Call:
    await _referred(world)
    found = await db.fetch_value("SELECT id FROM staff_notices WHERE staff_id = $1", world.partner.id)
    return Call(body={"ids": [str(found)]})


async def _reckon(world: World) -> Call:
    await _bank(world)
    return Call(body=TERMS)


async def _sign_in(world: World) -> Call:
    return Call(body={"login": "nobody", "password": PASSWORD, "code": "000000"})


async def _password(world: World) -> Call:
    await _bank(world)
    for one in (world.partner, world.rival):
        assert one.id
        sealed = second_factor.seal(second_factor.new_secret(), one.id)
        await db.execute("UPDATE staff SET totp_secret = $2 WHERE id = $1", one.id, sealed)
    return Call(body={"current_password": PASSWORD, "new_password": "Another-pass-22"})


_MINE = "/api/owner/v1/financing-applications/<application_id:uuid>"
_CONSENT = "/api/owner/v1/financing-consents/<consent_id:uuid>"
_ONE = "/api/staff/v1/financing-applications/<application_id:uuid>"
_BANK = "/api/staff/v1/financing-institutions/<institution_id:uuid>"
_DESK = "/api/staff/v1/financing-desks/<desk_id:uuid>"
_PRODUCT = "/api/staff/v1/financing-products/<product_id:uuid>"
_REFERRAL = "/api/partner/v1/referrals/<referral_id:uuid>"
_LISTING = "/api/partner/v1/listings/<listing_id:uuid>"
_BANKS = "/api/staff/v1/financing-institutions"

ROWS = (
    Row("GET", "/api/public/v1/financing-products"),
    Row("GET", "/api/public/v1/financing-proof-key"),
    Row("POST", "/api/partner/v1/sessions", anonymous=401, arrange=_sign_in),
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
    Row("POST", "/api/owner/v1/financing-referrals/<referral_id:uuid>/renewal", others=404, arrange=_drawn),
    Row("POST", "/api/owner/v1/financing-referrals/<referral_id:uuid>/second-look", others=404, arrange=_ask_again),
    Row("POST", "/api/staff/v1/financing-referrals/<referral_id:uuid>/mediate", MEDIATORS, arrange=_mediate),
    Row("GET", "/api/staff/v1/financing-applications", READERS),
    Row("GET", _ONE, READERS, arrange=_show),
    Row("GET", f"{_ONE}/offers", READERS, arrange=_show),
    Row("GET", f"{_ONE}/reads", READERS, arrange=_show),
    Row("GET", f"{_ONE}/order", READERS, arrange=_show),
    Row("GET", "/api/staff/v1/financing-referrals", READERS),
    Row("POST", "/api/staff/v1/financing-typical-costs", READERS, arrange=_typical),
    Row("GET", "/api/staff/v1/financing-figures", READERS, arrange=_funnel),
    Row("GET", "/api/staff/v1/financing-neutrality", READERS, arrange=_last_month),
    Row("GET", "/api/staff/v1/financing-ip-pledges", READERS, arrange=_year),
    Row("GET", _BANKS, READERS),
    Row("POST", _BANKS, MANAGERS, arrange=_add_bank),
    Row("PUT", _BANK, MANAGERS, arrange=_edit_bank),
    Row("GET", f"{_BANK}/assessments", READERS, arrange=_assessed),
    Row("POST", f"{_BANK}/assessments", MANAGERS, arrange=_assess),
    Row("POST", f"{_BANK}/desks", MANAGERS, arrange=_open_desk),
    Row("POST", f"{_DESK}/close", MANAGERS, arrange=_desk),
    Row("POST", f"{_DESK}/people", MANAGERS, arrange=_join),
    Row("DELETE", f"{_DESK}/people/<staff_id:uuid>", MANAGERS, arrange=_part),
    Row("GET", "/api/staff/v1/financing-clients", MANAGERS),
    Row("POST", "/api/staff/v1/financing-clients", MANAGERS, arrange=_issue),
    Row("DELETE", "/api/staff/v1/financing-clients/<client_id:uuid>", MANAGERS, arrange=_client),
    Row("GET", "/api/staff/v1/financing-lprs", READERS),
    Row("POST", "/api/staff/v1/financing-lprs", MANAGERS, arrange=_rate),
    Row("POST", "/api/staff/v1/financing-lprs/verify", MANAGERS, arrange=_noted_rate),
    Row("GET", "/api/staff/v1/financing-terms", READERS),
    Row("PUT", "/api/staff/v1/financing-terms/<key:str>", MANAGERS, arrange=_value),
    Row("GET", "/api/staff/v1/financing-products", READERS),
    Row("POST", "/api/staff/v1/financing-products", EDITORS, arrange=_draft_product),
    Row("GET", _PRODUCT, READERS, arrange=_show_product),
    Row("PUT", _PRODUCT, EDITORS, arrange=_edit_product),
    Row("POST", f"{_PRODUCT}/publish", EDITORS, arrange=_publish),
    Row("POST", f"{_PRODUCT}/withdraw", EDITORS, arrange=_take_down),
    Row("DELETE", "/api/partner/v1/sessions/current"),
    Row("POST", "/api/partner/v1/password", arrange=_password),
    Row("GET", "/api/partner/v1/sessions/current", arrange=_seated),
    Row("GET", "/api/partner/v1/account", arrange=_at_desk),
    Row("GET", "/api/partner/v1/words"),
    Row("GET", "/api/partner/v1/products", arrange=_at_desk),
    Row("GET", "/api/partner/v1/waiting", arrange=_at_desk),
    Row("GET", "/api/partner/v1/figures", arrange=_at_desk),
    Row("GET", "/api/partner/v1/me", arrange=_at_desk),
    Row("GET", "/api/partner/v1/notices", arrange=_at_desk),
    Row("POST", "/api/partner/v1/notices/read", arrange=_pick),
    Row("GET", "/api/partner/v1/listings", arrange=_at_desk),
    Row("POST", f"{_LISTING}/signal", arrange=_signal),
    Row("DELETE", f"{_LISTING}/signal", others=404, arrange=_signalled),
    Row("GET", "/api/partner/v1/referrals", arrange=_at_desk),
    Row("GET", _REFERRAL, others=404, arrange=_referral),
    Row("POST", f"{_REFERRAL}/reading", others=404, arrange=_referral),
    Row("POST", f"{_REFERRAL}/evidence/<evidence_id:uuid>/reading", others=404, arrange=_to_open),
    Row("POST", f"{_REFERRAL}/accept", others=404, arrange=_to_accept),
    Row("POST", f"{_REFERRAL}/contact", others=404, arrange=_taken),
    Row("POST", f"{_REFERRAL}/investigate", others=404, arrange=_taken),
    Row("POST", "/api/partner/v1/offer-costs", arrange=_reckon),
    Row("POST", f"{_REFERRAL}/offer", others=404, arrange=_to_offer),
    Row("POST", f"{_REFERRAL}/refuse", others=404, arrange=_to_refuse),
    Row("POST", f"{_REFERRAL}/second-look", others=404, arrange=_answer_again),
    Row("POST", f"{_REFERRAL}/draw", others=404, arrange=_to_draw),
    Row("POST", f"{_REFERRAL}/give-up", others=404, arrange=_to_give_up),
)
