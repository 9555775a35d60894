"""Banks with their desks, products, owners, and applications at the point where a test begins."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend import consents
from backend.access import Actor, ActorKind, Grant, Role
from backend.financing import applying
from backend.financing.applying import Asked, Standard
from backend.financing.banks import institutions
from backend.financing.banks.institutions import Assessment
from backend.financing.catalogue import products
from backend.financing.catalogue.products import Content
from backend.financing.codes import STANDARDS
from backend.financing.consent import consenting, reading
from backend.financing.consent.consenting import SEPARATE_TEXT, TEXT, Signing
from backend.financing.models import Application, Referral
from backend.financing.referrals import drawing
from backend.financing.referrals.drawing import Drawing
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.runtime import Runtime
from tests.backend.enterprises.builders import code
from tests.backend.policies.people import leaf
from tests.factories.people import add_binding, add_enterprise, add_person, add_staff

MANAGER = Actor(ActorKind.STAFF, None, "主管", (Grant(Role.MANAGER),))
WUXING = "330502"
SME = leaf("is_small_or_micro", "eq", True)
ALL_KINDS = ("need", "registration", "scale", "contact")
_GRANT = "INSERT INTO staff_grants (id, staff_id, role, granted_at) VALUES ($1, $2, $3, $4)"
_MORE = """
INSERT INTO enterprises (id, uscc, name, created_at, status, status_source, status_on, district, district_source,
    district_on, industry, industry_source, industry_on, statistical_size, statistical_size_source, statistical_size_on)
SELECT uuidv7(), upper(lpad(to_hex($1 + n), 18, '0')), '邻居' || n, $2, 'active', 3, $3, $4, 3, $3, $5, 3, $3, $6, 3, $3
FROM generate_series(1, $7) AS n
"""
_FACTS = """
UPDATE enterprises SET status = 'active', status_source = 3, status_on = $2, district = $3, district_source = 3,
    district_on = $2, industry = $4, industry_source = 3, industry_on = $2, statistical_size = $5,
    statistical_size_source = 3, statistical_size_on = $2, is_small_or_micro = TRUE, is_small_or_micro_source = 3,
    is_small_or_micro_on = $2
WHERE id = $1
"""


async def partner(desk_id: UUID) -> Actor:
    """Somebody of a bank, at a desk."""
    made = await add_staff()
    assert made.id
    await db.execute(_GRANT, new_id(), made.id, Role.PARTNER.value, clock.now())
    await institutions.join(desk_id, made.id, actor=MANAGER)
    return Actor(ActorKind.PARTNER, made.id, "客户经理", (Grant(Role.PARTNER),))


async def bank(name: str = "甲银行", *districts: str, is_assessed: bool = True) -> tuple[UUID, UUID, Actor]:
    """An institution, its desk, and who works there."""
    institution = await institutions.add(name, "bank", "0572-1234567", actor=MANAGER)
    if is_assessed:
        valid = clock.today() + timedelta(days=365)
        await institutions.assess(
            institution, Assessment("融资对接", "泄露", "逐项授权、留痕", "middle", valid), actor=MANAGER
        )
    desk = await institutions.open_desk(institution, "普惠部", districts, actor=MANAGER)
    return institution, desk, await partner(desk)


def content(name: str = "小微快贷", **given: Any) -> Content:
    return Content(
        **{
            "name": name,
            "summary": "面向小微企业的信用贷款。",
            "collateral": ("credit",),
            "repayments": ("interest_first", "equal_instalment"),
            "amount_min_wan": Decimal(5),
            "amount_max_wan": Decimal(300),
            "months_min": 6,
            "months_max": 36,
            "rate_kind": "range",
            "rate_min_percent": Decimal("3.2"),
            "rate_max_percent": Decimal("4.5"),
            "rule": SME,
            "source": "演示产品说明书",
            "valid_from": date(2026, 1, 1),
            **given,
        }
    )


async def editor() -> Actor:
    made = await add_staff(Grant(Role.PUBLISHER))
    return Actor(ActorKind.STAFF, made.id, "产品岗", (Grant(Role.PUBLISHER),))


async def product(institution_id: UUID, name: str = "小微快贷", **given: Any) -> UUID:
    """A product that is out, written by one and published by another; the id of its version."""
    made = await products.draft(institution_id, content(name, **given), actor=await editor())
    await products.publish(made.id, actor=await editor(), version=made.version)
    version: UUID = await db.fetch_value(
        "SELECT id FROM financing_product_versions WHERE product_id = $1 AND state = 'published'", made.id
    )
    return version


async def neighbours(count: int, *, district: str = WUXING, industry: str = "F5212", size: str = "micro") -> None:
    """Registered enterprises of one combination."""
    first = 10_000 * (1 + await db.fetch_value("SELECT count(*) FROM enterprises"))
    await db.execute(_MORE, first, clock.now(), clock.today(), district, industry, size, count)


async def owner(running: Runtime, number: int = 1, **binding: Any) -> tuple[Actor, UUID]:
    """An owner with a phone, and his micro shop in 吴兴 with a name and a representative."""
    person = await add_person(running, f"1390572{number:04d}")
    place = await add_enterprise(running, code(number), "张三", f"1380572{number:04d}", f"湖州张三{number}号食品店")
    await db.execute(_FACTS, place, clock.today(), WUXING, "F5212", "micro")
    await add_binding(person, place, binding.pop("role", "representative"), **binding)
    return Actor(ActorKind.OWNER, person.id, enterprise_id=place), place


def asked(**given: Any) -> Asked:
    standards = {key: Standard(True, "见登记信息") for key in STANDARDS}
    return Asked(
        **{
            "amount_wan": Decimal(50),
            "months": 12,
            "purpose": "materials",
            "collateral": ("credit",),
            "standards": standards,
            **given,
        }
    )


async def opened(person: Actor, **given: Any) -> Application:
    made = await applying.draft(asked(**given), actor=person)
    return await applying.submit(made.id, actor=person, version=made.version)


def signing(version_id: UUID, *kinds: str, **given: Any) -> Signing:
    chosen = kinds or ALL_KINDS
    separate = {"contact", "personal_credit"} & set(chosen)
    return Signing(
        **{
            "version_id": version_id,
            "kinds": chosen,
            "text_version": consents.text(TEXT).version,
            "separate_version": consents.text(SEPARATE_TEXT).version if separate else None,
            "expires_on": clock.today() + timedelta(days=30),
            "signed_from": "127.0.0.1 微信",
            **given,
        }
    )


async def referred(person: Actor, version_id: UUID, **given: Any) -> Referral:
    """An application of an owner that one bank may read."""
    application = await opened(person)
    return await consenting.sign(application.id, signing(version_id, **given), actor=person)


async def drawn(offered: Referral, desk: Actor, person: Actor, drawing_: Drawing | None = None) -> Referral:
    """What a bank offered, noted as drawn and confirmed by its owner."""
    today = clock.today()
    paid = drawing_ or Drawing(today, Decimal(50), today + timedelta(days=365))
    noted = await drawing.note(offered.id, paid, actor=desk, version=offered.version)
    return await drawing.confirm(noted.id, actor=person, version=noted.version)


async def values(referral_id: UUID, actor: Actor) -> dict[str, str]:
    """What a bank reads, by field."""
    return {one["field"]: one["value"] for one in (await reading.read(referral_id, actor=actor))["fields"]}


async def state_of(referral_id: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM financing_referrals WHERE id = $1", referral_id))
