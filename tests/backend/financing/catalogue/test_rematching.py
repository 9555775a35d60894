"""A product that changed is no reason to withdraw a need and ask again; what was signed keeps its edition."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor
from backend.financing import errors, queries
from backend.financing.catalogue import products, rematching
from backend.financing.catalogue.ordering import lot
from backend.financing.consent import consenting
from backend.financing.models import Referral
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.runtime import Runtime
from tests.backend.financing.people import bank, content, editor, opened, owner, product, signing

MINUTE = timedelta(minutes=1)


async def _of(version_id: UUID) -> tuple[UUID, int]:
    """The product of an edition, with its version."""
    sql = """
    SELECT p.id, p.version FROM financing_products p JOIN financing_product_versions v ON v.product_id = p.id
    WHERE v.id = $1
    """
    row = await db.fetch_one(sql, version_id)
    assert row
    return row["id"], row["version"]


async def _again(version_id: UUID, name: str = "小微快贷", **given: Any) -> None:
    """A new edition comes out."""
    product_id, version = await _of(version_id)
    made = await products.edit(product_id, content(name, **given), actor=await editor(), version=version)
    await products.publish(product_id, actor=await editor(), version=made.version)


async def _matches(person: Actor, application_id: UUID) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = (await queries.detail(person, application_id))["matches"]
    return told


async def test_a_new_edition_is_signed_for_without_asking_again(running: Runtime, clock: clock_module.Frozen) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙"]
    old, other = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    signed = await consenting.sign(application.id, signing(other), actor=person)
    clock.advance(timedelta(days=1))
    await _again(old, rate_max_percent=Decimal("4.4"))
    await _again(other, amount_max_wan=Decimal(40))
    with pytest.raises(errors.ProductOver):
        await consenting.sign(application.id, signing(old), actor=person)
    assert (await rematching.sweep(), await rematching.sweep()) == (1, 0)
    told = {one["institution"]: one for one in await _matches(person, application.id)}
    assert told["甲银行"]["rate_max_percent"] == "4.4"
    assert told["乙银行"]["answer"] == "no"  # it lends less now; what was signed goes on as it was signed
    assert (await Referral.get(id=signed.id)).version_id == other
    await consenting.sign(application.id, signing(told["甲银行"]["version_id"]), actor=person)
    kinds = [one["kind"] for one in (await queries.detail(person, application.id))["events"]]
    assert kinds.count("rematched") == 1


async def test_the_lots_stay_as_they_were_drawn(running: Runtime, clock: clock_module.Frozen) -> None:
    versions = [await product((await bank(f"{name}银行"))[0]) for name in "甲乙丙丁"]
    person, _ = await owner(running)
    application = await opened(person)
    before = [one["institution"] for one in await _matches(person, application.id)]
    clock.advance(timedelta(days=1))
    await _again(versions[2])
    assert await rematching.sweep() == 1
    matches = await _matches(person, application.id)
    assert [one["institution"] for one in matches] == before
    lots = [lot(application.seed, one["institution_id"]) for one in matches]
    assert lots == sorted(lots)


async def test_what_comes_later_or_is_taken_down_is_measured_when_it_is(
    running: Runtime, clock: clock_module.Frozen
) -> None:
    institution, _, _ = await bank()
    gone = await product(institution, "旧贷")
    person, _ = await owner(running)
    application = await opened(person)
    await product(institution, "新贷", valid_from=date(2026, 11, 25))
    product_id, version = await _of(gone)
    await products.withdraw(product_id, "停办", actor=await editor(), version=version)
    assert await rematching.sweep() == 1
    assert await _matches(person, application.id) == []
    clock.set(clock_module.day_start(date(2026, 11, 25)) - MINUTE)
    assert await rematching.sweep() == 0
    await db.execute("UPDATE financing_applications SET matched_at = NULL")  # as a worker of the last release wrote it
    clock.advance(MINUTE)
    assert (await rematching.sweep(), await rematching.sweep()) == (1, 0)
    assert [one["name"] for one in await _matches(person, application.id)] == ["新贷"]


async def test_a_need_that_is_over_stays_as_it_was(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, _ = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    application = await opened(person)
    clock.advance(timedelta(days=61))
    await _again(version)
    assert await rematching.sweep() == 0
    assert [one["version_id"] for one in await _matches(person, application.id)] == [version]
