"""Owners' sign-in against the stand-in: one code one session, one openid one person."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from backend import alerts, identity
from backend.access import SYSTEM
from backend.consents import TextChanged
from backend.foundation import db
from backend.foundation.clock import Frozen, now
from backend.foundation.errors import WuweiError
from backend.foundation.ids import new_id
from backend.identity import account, messages
from backend.identity.errors import LoginCodeInvalid, SignInBlocked, TooManySignIns, WeChatAway
from backend.notifications import tell
from backend.runtime import Runtime
from tests.backend.identity.conftest import PRIVACY, People
from tests.support.sizes import scaled

LOGIN = "/sns/jscode2session"


async def _sign_in(code: str) -> identity.SignedIn:
    return await identity.sign_in(code, consent_version=PRIVACY)


async def test_a_code_becomes_a_person_a_session_and_a_consent(people: People) -> None:
    signed = await people.sign_in(people.sandbox.owner())
    actor = await identity.owner_by_token(signed.token)
    assert (actor.id, actor.session_id) == (signed.person_id, signed.session_id)
    assert not signed.has_phone
    consent = await db.fetch_one("SELECT purpose, text_version FROM consents WHERE person_id = $1", signed.person_id)
    assert consent is not None
    assert tuple(consent) == ("privacy", PRIVACY)
    assert await db.fetch_value("SELECT count(*) FROM addresses WHERE person_id = $1", signed.person_id) == 1


async def test_who_takes_his_consent_back_is_reached_again_only_after_he_agrees_again(people: People) -> None:
    async def told(once: str) -> list[str]:
        async with db.transaction():
            await tell(messages.binding_added(new_id(), [signed.person_id], enterprise=once, role="manager", at=now()))
        rows = await db.fetch("SELECT state FROM deliveries ORDER BY id")
        return [row["state"] for row in rows]

    openid = people.sandbox.owner()
    signed = await people.sign_in(openid)
    assert await told("甲") == ["pending"]
    consent = await db.fetch_value("SELECT id FROM consents")
    await account.withdraw(await identity.owner_by_token(signed.token), consent)
    assert await told("乙") == ["cancelled", "suppressed"]
    await people.sign_in(openid)
    assert await told("丙") == ["cancelled", "suppressed", "pending"]


async def test_the_same_code_many_times_at_once_is_one_exchange_and_one_session(people: People) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    people.sandbox.fault(path=LOGIN, delay_ms=150)
    results = await asyncio.gather(*(_sign_in(code) for _ in range(scaled(100))))
    assert len({(result.session_id, result.token) for result in results}) == 1
    assert people.sandbox.calls(LOGIN) == 1
    assert await db.fetch_value("SELECT count(*) FROM owner_sessions") == 1


async def test_the_same_code_again_within_five_minutes_gives_the_same_session(people: People) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    first = await _sign_in(code)
    assert await _sign_in(code) == first
    assert people.sandbox.calls(LOGIN) == 1


async def test_a_spent_code_of_a_session_that_ended_is_invalid(people: People) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    first = await _sign_in(code)
    await identity.sign_out(await identity.owner_by_token(first.token), first.session_id)
    with pytest.raises(LoginCodeInvalid):
        await _sign_in(code)


async def test_fifty_first_sign_ins_of_one_openid_are_one_person(people: People) -> None:
    openid = people.sandbox.owner()
    codes = [people.sandbox.login_code(openid) for _ in range(scaled(50))]
    results = await asyncio.gather(*(_sign_in(code) for code in codes))
    assert len({result.person_id for result in results}) == 1
    assert len({result.session_id for result in results}) == len(codes)
    assert await db.fetch_value("SELECT count(*) FROM persons") == 1
    live = await db.fetch_value("SELECT count(*) FROM owner_sessions WHERE ended_at IS NULL")
    assert live == min(len(codes), 20), "the oldest devices make room"


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [
        (40029, LoginCodeInvalid),
        (40163, LoginCodeInvalid),
        (45011, TooManySignIns),
        (40226, SignInBlocked),
        (40125, WeChatAway),
        (40164, WeChatAway),
        (99999, WeChatAway),
    ],
)
async def test_wechats_refusals_have_names(people: People, errcode: int, refusal: type[WuweiError]) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    people.sandbox.fault(path=LOGIN, errcode=errcode)
    with pytest.raises(refusal):
        await _sign_in(code)
    assert await db.fetch_value("SELECT count(*) FROM persons") == 0


async def test_everyone_who_waited_for_a_refused_code_is_refused_alike(people: People) -> None:
    people.sandbox.fault(path=LOGIN, errcode=40226, delay_ms=50)
    results = await asyncio.gather(*(_sign_in("0abc") for _ in range(10)), return_exceptions=True)
    assert Counter(map(type, results)) == {SignInBlocked: 10}
    assert people.sandbox.calls(LOGIN) == 1


async def test_after_an_outage_the_same_code_may_be_tried_again(people: People, clock: Frozen) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    people.sandbox.fault(path=LOGIN, http_status=502, times=1)
    with pytest.raises(WeChatAway):
        await _sign_in(code)
    clock.advance(timedelta(seconds=1))
    await _sign_in(code)


async def test_a_crashed_exchange_is_taken_over_when_its_lease_is_over(people: People, clock: Frozen) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    await _sign_in(code)
    await db.execute("UPDATE exchanged_codes SET state = 'pending'")
    waiting = asyncio.create_task(_sign_in(code))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    clock.advance(timedelta(seconds=60))
    with pytest.raises(LoginCodeInvalid):
        await waiting


async def test_a_client_that_goes_away_does_not_stop_the_exchange(people: People) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    people.sandbox.fault(path=LOGIN, delay_ms=200, times=1)
    first = asyncio.create_task(_sign_in(code))
    await asyncio.sleep(0.1)
    first.cancel()
    signed = await _sign_in(code)
    assert people.sandbox.calls(LOGIN) == 1
    assert (await identity.owner_by_token(signed.token)).id == signed.person_id


async def test_two_accounts_of_one_unionid_are_one_person(people: People, connected: Runtime) -> None:
    signed = await people.sign_in(people.sandbox.owner(unionid="union-of-one"))
    await db.execute("DELETE FROM addresses")
    await db.execute("UPDATE wechat_accounts SET appid = 'wx-of-another-program'")
    again = await people.sign_in(people.sandbox.owner(unionid="union-of-one"))
    assert again.person_id == signed.person_id
    assert connected.settings.wechat_appid != "wx-of-another-program"


async def test_the_session_key_is_kept_sealed_and_replaced(people: People, connected: Runtime) -> None:
    openid = people.sandbox.owner()
    keys = []
    for _ in range(2):
        await people.sign_in(openid)
        row = await db.fetch_one("SELECT id, session_key_sealed FROM wechat_accounts")
        assert row is not None
        place = {"table": "wechat_accounts", "column": "session_key_sealed", "row": row["id"]}
        keys.append(connected.vault.decrypt(row["session_key_sealed"], **place))
        assert keys[-1].encode() not in row["session_key_sealed"]
    assert len(set(keys)) == 2
    assert len(keys[0]) == 24


async def test_an_outdated_consent_is_refused_before_the_code_is_spent(people: People) -> None:
    code = people.sandbox.login_code(people.sandbox.owner())
    with pytest.raises(TextChanged):
        await identity.sign_in(code, consent_version="1999-01")
    assert people.sandbox.calls(LOGIN) == 0
    await _sign_in(code)


@pytest.mark.parametrize(
    ("errcode", "kind"), [(40164, "channel_access"), (40226, "login_blocked"), (40029, None), (45011, None)]
)
async def test_what_an_operator_must_mend_he_is_told(people: People, errcode: int, kind: str | None) -> None:
    people.sandbox.fault(path=LOGIN, errcode=errcode)
    with pytest.raises(WuweiError):
        await people.sign_in(people.sandbox.owner())
    found, _ = await alerts.listed(SYSTEM)
    assert [(one.kind, one.key) for one in found] == ([(kind, "login")] if kind else [])
