"""One bank, one consent: who may sign what, who reads what, and that nothing is read behind a revocation."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from backend.access import Actor
from backend.consents import TextChanged
from backend.financing import applying, errors, queries
from backend.financing.banks import desk as referrals
from backend.financing.banks import institutions
from backend.financing.consent import consenting, reading
from backend.financing.consent.kinds import KINDS
from backend.financing.referrals import overdue, routing
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.identity.errors import NotManaging
from backend.runtime import Runtime
from tests.backend.financing.people import (
    MANAGER,
    bank,
    opened,
    owner,
    partner,
    product,
    referred,
    signing,
    state_of,
    values,
)
from tests.factories.people import add_binding, add_person
from tests.support.sizes import scaled


async def test_a_bank_reads_what_was_ticked_and_nothing_else(running: Runtime) -> None:
    _, _, desk = await bank()
    version = await product((await db.fetch_one("SELECT id FROM financing_institutions"))["id"])
    person, _ = await owner(running)
    sent = await referred(person, version)
    read = await values(sent.id, desk)
    ticked = {field for key in ("need", "registration", "scale", "contact") for field in KINDS[key].fields}
    assert set(read) == ticked
    assert (read["name"], read["representative"], read["phone"]) == ("湖州张三1号食品店", "张三", "13905720001")
    assert (read["amount_wan"], read["employees"]) == ("50", "未掌握")


async def test_without_the_separate_consent_no_name_and_no_phone(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution), kinds=("need", "registration"), separate_version=None)
    read = await values(sent.id, desk)
    assert not {"representative", "phone", "owner_dishonest_debtor"} & set(read)
    assert "张三" not in "".join(read.values()).replace("湖州张三1号食品店", "")


async def test_another_bank_reads_nothing_before_or_after(running: Runtime) -> None:
    institution, _, desk = await bank("甲银行")
    _, _, rival = await bank("乙银行")
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    await reading.read(sent.id, actor=desk)
    with pytest.raises(errors.ReferralUnknown):
        await reading.read(sent.id, actor=rival)
    with pytest.raises(errors.ReferralUnknown):
        await referrals.referral(rival, sent.id)
    listed = await referrals.listed(rival, referrals.Sought(), cursor=None, limit=10)
    assert (listed["items"], listed["count"]) == ([], 0)
    assert await db.fetch_value("SELECT count(*) FROM financing_reads") == 1


async def test_another_desk_of_the_same_bank_reads_nothing(running: Runtime) -> None:
    institution, _, desk = await bank("甲银行", "330502")
    from_elsewhere = await _second_desk(institution)
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    await reading.read(sent.id, actor=desk)
    with pytest.raises(errors.ReferralUnknown):
        await reading.read(sent.id, actor=from_elsewhere)


async def _second_desk(institution: UUID) -> Actor:
    return await partner(await institutions.open_desk(institution, "安吉支行", ["330523"], actor=MANAGER))


async def test_every_read_is_logged_and_its_owner_sees_it(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    for _ in range(3):
        await reading.read(sent.id, actor=desk, read_from="10.0.0.8")
    page = await queries.reads(person, sent.application_id, cursor=None, limit=2)
    rest = await queries.reads(person, sent.application_id, cursor=page["next"], limit=2)
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert {(one["institution"], one["desk"]) for one in page["items"] + rest["items"]} == {("甲银行", "普惠部")}
    assert "联系电话" in page["items"][0]["titles"]
    stranger, _ = await owner(running, 2)
    with pytest.raises(errors.ApplicationUnknown):
        await queries.reads(stranger, sent.application_id, cursor=None, limit=10)


async def test_revoked_is_closed_at_once_and_the_bank_is_told(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    await reading.read(sent.id, actor=desk)
    await consenting.revoke(sent.consent_id, "另有安排", actor=person)
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(sent.id, actor=desk)
    assert await state_of(sent.id) == "given_up"
    told = await db.fetch("SELECT kind FROM staff_notices WHERE staff_id = $1 ORDER BY id", desk.id)
    assert [row["kind"] for row in told] == ["referral_routed", "referral_given_up"]
    await consenting.revoke(sent.consent_id, "又点了一次", actor=person)
    assert await db.fetch_value("SELECT reads_before_revoke FROM financing_consents") == 1
    assert (await queries.detail(person, sent.application_id))["state"] == "open"


async def test_nobody_else_revokes(running: Runtime) -> None:
    institution, _, _ = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    stranger, _ = await owner(running, 2)
    with pytest.raises(errors.ConsentUnknown):
        await consenting.revoke(sent.consent_id, "", actor=stranger)


async def test_no_read_succeeds_once_the_revocation_has_committed(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    revoked = asyncio.Event()

    async def read() -> bool:
        began_late = revoked.is_set()
        try:
            await reading.read(sent.id, actor=desk)
        except errors.ConsentRevoked:
            return False
        assert not began_late, "a read that began behind the revocation was answered"
        return True

    async def revoke() -> None:
        await consenting.revoke(sent.consent_id, "撤回", actor=person)
        revoked.set()

    half = max(4, scaled(200) // 2)
    racers = [asyncio.create_task(read()) for _ in range(half)]
    ending = asyncio.create_task(revoke())
    racers += [asyncio.create_task(read()) for _ in range(half)]
    await ending
    racers += [asyncio.create_task(read()) for _ in range(3)]
    answered = sum(await asyncio.gather(*racers))
    assert 0 < answered < len(racers)
    # every read that was answered had committed, with its line of the log, when the revocation took its lock
    counted = await db.fetch_one("SELECT reads_before_revoke FROM financing_consents")
    assert counted["reads_before_revoke"] == answered
    assert await db.fetch_value("SELECT count(*) FROM financing_reads") == answered


async def test_an_expired_consent_reads_nothing(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution), expires_on=clock_module.today() + timedelta(days=1))
    clock.advance(timedelta(days=1))
    await reading.read(sent.id, actor=desk)
    clock.advance(timedelta(hours=14))
    with pytest.raises(errors.ConsentExpired):
        await reading.read(sent.id, actor=desk)


async def test_when_its_signer_is_gone_it_reads_nothing(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, place = await owner(running)
    sent = await referred(person, await product(institution))
    sql = "UPDATE bindings SET state = 'ended', ended_at = now() WHERE enterprise_id = $1"
    await db.execute(sql, place)
    with pytest.raises(errors.SignerGone):
        await reading.read(sent.id, actor=desk)


async def test_a_clerk_does_not_sign(running: Runtime) -> None:
    institution, _, _ = await bank()
    version = await product(institution)
    person, place = await owner(running)
    application = await opened(person)
    clerk = await add_person(running, "13905729999")
    until = clock_module.now() + timedelta(days=30)
    await add_binding(clerk, place, "clerk", scope=["financing"], until=until)
    assert (await queries.mine(clerk, cursor=None, limit=5))["items"]
    with pytest.raises(NotManaging):
        await consenting.sign(application.id, signing(version), actor=clerk)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"text_version": "2025-01"}, TextChanged),
        ({"separate_version": None}, TextChanged),
        ({"kinds": ("need",)}, errors.ContentWrong),
        ({"kinds": ("need", "registration", "diary")}, errors.ContentWrong),
        ({"expires_on": clock_module.SystemClock().now().date() + timedelta(days=4000)}, errors.ContentWrong),
    ],
)
async def test_what_is_signed_wrongly_is_refused(running: Runtime, given: Any, error: type[Exception]) -> None:
    institution, _, _ = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    application = await opened(person)
    with pytest.raises(error):
        await consenting.sign(application.id, signing(version, **given), actor=person)
    assert await db.fetch_value("SELECT count(*) FROM financing_consents") == 0


async def test_only_a_matched_product_of_an_assessed_open_bank(running: Runtime) -> None:
    institution, _, _ = await bank("甲银行")
    version, small = await product(institution), await product(institution, "小额", amount_max_wan=Decimal(10))
    unassessed, _, _ = await bank("乙银行", is_assessed=False)
    other = await product(unassessed)
    person, _ = await owner(running)
    application = await opened(person)
    with pytest.raises(errors.NotMatched):
        await consenting.sign(application.id, signing(small), actor=person)
    with pytest.raises(errors.NotAssessed):
        await consenting.sign(application.id, signing(other), actor=person)
    await db.execute("UPDATE financing_product_versions SET state = 'withdrawn' WHERE id = $1", version)
    with pytest.raises(errors.ProductOver):
        await consenting.sign(application.id, signing(version), actor=person)
    await db.execute("UPDATE financing_institutions SET is_open = FALSE")
    with pytest.raises(errors.InstitutionClosed):
        await consenting.sign(application.id, signing(version), actor=person)


async def test_nothing_is_given_without_an_assessment_in_force(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
    yesterday = clock_module.today() - timedelta(days=1)
    for institution, _, _ in (banks[1], banks[3]):
        await db.execute(
            "UPDATE financing_assessments SET valid_until = $2 WHERE institution_id = $1", institution, yesterday
        )
    with pytest.raises(errors.AssessmentLapsed):
        await reading.read(sent[1].id, actor=banks[1][2])
    await consenting.revoke(sent[0].consent_id, "", actor=person)
    assert await state_of(sent[3].id) == "consented"
    valid = clock_module.today() + timedelta(days=30)
    again = institutions.Assessment("融资对接", "泄露", "留痕", "low", valid)
    await institutions.assess(banks[3][0], again, actor=MANAGER)
    assert await routing.sweep() == 1
    assert await state_of(sent[3].id) == "routed"


async def test_a_bank_cannot_tell_how_long_it_stood_in_line(running: Runtime, clock: clock_module.Frozen) -> None:
    """Neither its ids nor its number bear the time or the day of signing, nor does the order of its list."""
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(one), actor=person) for one in versions]
    assert {one.id.version for one in sent} | {one.consent_id.version for one in sent} == {4}
    clock.advance(timedelta(days=1))
    later, _ = await owner(running, 2)
    meanwhile = await referred(later, versions[3])
    clock.advance(timedelta(hours=1))
    await consenting.revoke(sent[0].consent_id, "", actor=person)
    listed = await referrals.listed(banks[3][2], referrals.Sought(), cursor=None, limit=1)
    rest = await referrals.listed(banks[3][2], referrals.Sought(), cursor=listed["next"], limit=1)
    assert [one["id"] for one in listed["items"] + rest["items"]] == [sent[3].id, meanwhile.id]
    assert {one["number"][:12] for one in listed["items"] + rest["items"]} == {f"DJ-{clock_module.today():%Y%m%d}-"}


async def test_three_banks_look_at_once_the_fourth_waits_for_a_place(running: Runtime) -> None:
    banks = [await bank(f"{name}银行") for name in "甲乙丙丁"]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    sent = [await consenting.sign(application.id, signing(version), actor=person) for version in versions]
    assert [await state_of(one.id) for one in sent] == ["routed", "routed", "routed", "consented"]
    with pytest.raises(errors.ReferralUnknown):
        await reading.read(sent[3].id, actor=banks[3][2])
    await consenting.revoke(sent[0].consent_id, "", actor=person)
    assert await state_of(sent[3].id) == "routed"
    await reading.read(sent[3].id, actor=banks[3][2])


async def test_consents_at_once_never_let_a_fourth_bank_look(running: Runtime) -> None:
    banks = [await bank(f"{number}号银行") for number in range(8)]
    versions = [await product(institution) for institution, _, _ in banks]
    person, _ = await owner(running)
    application = await opened(person)
    await asyncio.gather(*(consenting.sign(application.id, signing(one), actor=person) for one in versions))
    states = [row["state"] for row in await db.fetch("SELECT state FROM financing_referrals ORDER BY position")]
    assert states == ["routed"] * 3 + ["consented"] * 5


async def test_one_bank_has_one_consent_even_when_asked_twice_at_once(running: Runtime) -> None:
    institution, _, _ = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    application = await opened(person)
    twice = (consenting.sign(application.id, signing(version), actor=person) for _ in range(2))
    results = await asyncio.gather(*twice, return_exceptions=True)
    assert sum(isinstance(one, errors.ConsentTaken) for one in results) == 1
    assert await db.fetch_value("SELECT count(*) FROM financing_consents") == 1


async def test_a_bank_whose_consent_has_run_out_is_given_another(running: Runtime, clock: clock_module.Frozen) -> None:
    institution, _, desk = await bank()
    version = await product(institution)
    person, _ = await owner(running)
    first = await referred(person, version)
    clock.advance(timedelta(days=31))
    with pytest.raises(errors.ConsentTaken):  # what was under it is not over yet
        await consenting.sign(first.application_id, signing(version), actor=person)
    assert await overdue.sweep() == 1
    again = await consenting.sign(first.application_id, signing(version), actor=person)
    assert (await state_of(first.id), again.state) == ("unknown", "routed")
    await reading.read(again.id, actor=desk)
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(first.id, actor=desk)
    with pytest.raises(errors.ConsentTaken):
        await consenting.sign(first.application_id, signing(version), actor=person)


async def test_withdrawing_all_closes_every_bank_s_view(running: Runtime) -> None:
    institution, _, desk = await bank()
    person, _ = await owner(running)
    sent = await referred(person, await product(institution))
    await applying.withdraw(sent.application_id, "不需要了", actor=person)
    with pytest.raises(errors.ConsentRevoked):
        await reading.read(sent.id, actor=desk)
    assert (await queries.detail(person, sent.application_id))["state"] == "withdrawn"


async def test_ten_banks_are_ten_whatever_was_taken_back_meanwhile(
    running: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consenting, "MOST", 2)
    monkeypatch.setattr(consenting, "MOST_TIMES", 5)
    versions = [await product((await bank(f"{name}银行"))[0]) for name in "甲乙丙"]
    person, _ = await owner(running)
    application = await opened(person)
    for nth in range(4):
        sent = await consenting.sign(application.id, signing(versions[nth % 2]), actor=person)
        await consenting.revoke(sent.consent_id, "", actor=person)
    with pytest.raises(errors.ContentWrong, match="至多授权 2 家机构"):
        await consenting.sign(application.id, signing(versions[2]), actor=person)
    await consenting.sign(application.id, signing(versions[0]), actor=person)
    with pytest.raises(errors.ContentWrong, match="至多授权 5 次"):
        await consenting.sign(application.id, signing(versions[1]), actor=person)
