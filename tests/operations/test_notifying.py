"""`wuwei notifications` and `wuwei alerts`: each says what it found or did, in words or as JSON."""

from datetime import timedelta

import orjson
import pytest

from backend import alerts
from backend.access import SYSTEM
from backend.foundation import db
from backend.foundation.clock import Frozen
from backend.notifications import operating
from backend.notifications.delivering import deliver
from backend.runtime import Runtime
from operations import notifying
from operations.processes import OperationsError
from tests.backend.notifications.people import SEND, TITLES, Phones, message, say, states
from tests.support.sandbox import Sandbox

TITLE = TITLES["policy_pushed"]
Told = pytest.CaptureFixture[str]


@pytest.fixture
async def phones(connected: Runtime, sandbox: Sandbox, clock: Frozen) -> Phones:
    made = Phones(sandbox)
    await made.learn_templates()
    return made


async def test_status_in_words_and_as_json(phones: Phones, capsys: Told) -> None:
    await notifying.show_status(as_json=False)
    told = capsys.readouterr().out
    for line in ("waiting    0 messages", "states     nothing", "channels   all well", "alerts     0 open"):
        assert line in told
    crowd = await phones.crowd(6)
    phones.sandbox.fault(path=SEND, errcode=40164)
    await say(*(message(phone.person) for phone in crowd))
    await deliver()
    await db.execute("UPDATE message_templates SET state = 'stopped', reason = 'banned' WHERE title = $1", TITLE)
    await notifying.show_status(as_json=False)
    told = capsys.readouterr().out
    assert "states     deferred 6" in told
    assert "channels   subscribe rests until 11-23 10:00:" in told
    assert f"templates  {TITLE} (subscribe) is stopped: banned" in told
    assert "errors     6 × 40164 subscribe policy_matched: our address" in told
    assert "see `wuwei alerts`" in told
    await notifying.show_status(as_json=True)
    found = orjson.loads(capsys.readouterr().out)
    assert (found["states"], found["errors"][0]["n"]) == ({"deferred": 6}, 6)
    assert found["credits"][TITLE] == 6


async def test_retry_brings_back_what_waits_and_wakes_the_channel(phones: Phones, capsys: Told) -> None:
    crowd = await phones.crowd(6)
    phones.sandbox.fault(path=SEND, errcode=40164, times=6)
    await say(*(message(phone.person) for phone in crowd))
    await deliver()
    await notifying.try_again(45009, failed=False, as_json=False)
    assert capsys.readouterr().out.endswith("0 messages come again\n")
    await notifying.try_again(None, failed=False, as_json=True)
    assert orjson.loads(capsys.readouterr().out) == {"messages": 6}
    await deliver()
    assert set(await states()) == {"sent"}
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action = 'notifications.retried'") == 2


async def test_what_was_given_up_comes_again_when_its_mistake_is_mended(phones: Phones, clock: Frozen) -> None:
    phone = await phones.make(taps=2)
    phones.sandbox.fault(path=SEND, errcode=47003, times=2)
    await say(message(phone.person), message(phone.person, not_after=clock.now() + timedelta(minutes=1)))
    await deliver()
    assert await states() == ["failed", "failed"]
    clock.advance(timedelta(minutes=2))
    assert await operating.retry_failed(45168) == 0
    await db.execute("UPDATE deliveries SET onward = '{sms}'")
    assert await operating.retry_failed(47003) == 0, "it is about to go on by another channel"
    await db.execute("UPDATE deliveries SET onward = NULL")
    assert await operating.retry_failed(47003) == 1
    await deliver()
    assert sorted(await states()) == ["failed", "sent"]
    assert len(phones.received(phone)) == 1
    assert await operating.retry_failed(47003) == 0
    with pytest.raises(OperationsError, match="needs --code"):
        await notifying.try_again(None, failed=True, as_json=False)


async def test_settle_works_off_what_is_unknown(phones: Phones, clock: Frozen, capsys: Told) -> None:
    phone = await phones.make()
    phones.sandbox.fault(path=SEND, drop=True)
    await say(message(phone.person))
    await deliver()
    await notifying.settle_now(as_json=False)
    assert "of 1 calls" in capsys.readouterr().out
    clock.advance(timedelta(minutes=11))
    await notifying.settle_now(as_json=True)
    assert orjson.loads(capsys.readouterr().out) == {"unknown": 0}
    assert await states() == ["unknown_final"]


async def test_a_stopped_template_is_used_again(phones: Phones, capsys: Told) -> None:
    await db.execute("UPDATE message_templates SET state = 'stopped', reason = 'x' WHERE title = $1", TITLE)
    await notifying.resume(TITLE)
    assert await db.fetch_value("SELECT state FROM message_templates WHERE title = $1", TITLE) == "live"
    assert capsys.readouterr().out == f"{TITLE} is used again\n"
    with pytest.raises(OperationsError, match="is stopped"):
        await notifying.resume(TITLE)


async def test_alerts_are_listed_and_acknowledged(running: Runtime, capsys: Told) -> None:
    await notifying.show_alerts(with_cleared=False, as_json=False)
    assert capsys.readouterr().out == "nothing is wrong\n"
    await alerts.open_alert("outbox_stuck", "a.b", dead=2)
    [found], _ = await alerts.listed(SYSTEM)
    capsys.readouterr()
    await notifying.show_alerts(with_cleared=False, as_json=False)
    told = capsys.readouterr().out
    assert f"{found.id} critical outbox_stuck 后台待办没有完成 a.b dead=2" in " ".join(told.split())
    await notifying.acknowledge(str(found.id)[:30])
    assert "outbox_stuck a.b: seen. What to do: docs/runbooks/alerts.md#outbox_stuck" in capsys.readouterr().out
    await notifying.show_alerts(with_cleared=True, as_json=True)
    [shown] = orjson.loads(capsys.readouterr().out)
    assert shown["acknowledged_at"]
    with pytest.raises(OperationsError, match="no open alerts begin with zz"):
        await notifying.acknowledge("zz")
