"""A bank's own desk: its people, the needs that it may see without a name, and its referrals under a consent."""

from datetime import timedelta
from decimal import Decimal

from backend import files
from backend.financing import evidence
from backend.financing.banks import listing
from backend.financing.consent import consenting
from backend.foundation import clock, db
from backend.staff import second_factor
from tests.backend.financing import people
from tests.backend.financing.people import signing
from tests.backend.questions.askers import picture
from tests.factories.people import PASSWORD
from tests.miniprogram_api.matrix.financing import _accepted, _approved, _asked_again, _bank, _call, _opened, _referred
from tests.support.matrix import Call, Row, World


def _terms() -> dict[str, str | int]:
    loan: dict[str, str | int] = {"amount_wan": "50", "months": 12, "repayment": "interest_first"}
    return {
        **loan,
        "collateral": "credit",
        "valid_until": str(clock.today() + timedelta(days=9)),
        "rate_percent": "3.85",
    }


async def _to_open(world: World) -> Call:
    made, person, version = await _opened(world)
    file = await files.store(person, evidence.PURPOSE, "执照.png", picture())
    shown = await evidence.add(made.id, "operating", file.id, actor=person)
    signed = signing(version, *people.ALL_KINDS, "evidence")
    sent = await consenting.sign(made.id, signed, actor=person)
    return Call(params={"referral_id": sent.id, "evidence_id": shown})


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
    return _call(sent.version, _terms(), referral_id=sent.id)


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


async def _answer_again(world: World) -> Call:
    sent = await _asked_again(world)
    return _call(sent.version, {"words": "同意办理", "offer": _terms()}, referral_id=sent.id)


async def _pick(world: World) -> Call:
    await _referred(world)
    found = await db.fetch_value("SELECT id FROM staff_notices WHERE staff_id = $1", world.partner.id)
    return Call(body={"ids": [str(found)]})


async def _reckon(world: World) -> Call:
    await _bank(world)
    return Call(body=_terms())


async def _sign_in(world: World) -> Call:
    return Call(body={"login": "nobody", "password": PASSWORD, "code": "000000"})


async def _password(world: World) -> Call:
    await _bank(world)
    for one in (world.partner, world.rival):
        assert one.id
        sealed = second_factor.seal(second_factor.new_secret(), one.id)
        await db.execute("UPDATE staff SET totp_secret = $2 WHERE id = $1", one.id, sealed)
    return Call(body={"current_password": PASSWORD, "new_password": "Another-pass-22"})


_REFERRAL = "/api/partner/v1/referrals/<referral_id:uuid>"
_LISTING = "/api/partner/v1/listings/<listing_id:uuid>"
ROWS = (
    Row("POST", "/api/partner/v1/sessions", anonymous=401, arrange=_sign_in),
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
