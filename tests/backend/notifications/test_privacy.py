"""What WeChat tells of an owner's data is done in every module, once, and leaves a receipt."""

import json
from typing import Any
from uuid import UUID

import pytest

from backend import files
from backend.access import Actor, ActorKind
from backend.assembly import OUTBOX_HANDLERS, PERSONAL
from backend.foundation import clock, db
from backend.foundation.ids import new_id
from backend.foundation.personal import Datum
from backend.notifications.privacy import REVOKED
from backend.outbox import drain
from backend.runtime import Runtime
from tests.backend.notifications.people import Phone, Phones, message, say
from tests.backend.notifications.pushing import Door
from tests.backend.notifications.reaching import NUMBER, prove_phone
from tests.factories.people import add_binding, add_enterprise

REVOKE, CANCEL = "user_authorization_revoke", "user_authorization_cancellation"


async def _told(phones: Phones, door: Door, phone: Phone, count: int = 1, **body: str) -> None:
    """WeChat tells, in its own form with a space before each key, and the workers do what follows."""
    phones.sandbox.control("PATCH", "settings", push_spaced_keys=True)
    phones.sandbox.control("POST", f"owners/{phone.openid}/authorization-cancel", **body)
    await door.applied(count)
    assert (await drain(OUTBOX_HANDLERS)).failed == 0


async def _receipts(person: UUID) -> list[tuple[str, dict[str, Any]]]:
    rows = await db.fetch(
        "SELECT action, detail FROM audit_entries WHERE table_name = 'persons' AND row_id = $1 ORDER BY id", person
    )
    return [(row["action"], json.loads(row["detail"])) for row in rows]


async def _person(person: UUID) -> dict[str, Any]:
    row = await db.fetch_one("SELECT * FROM persons WHERE id = $1", person)
    assert row is not None
    return dict(row)


async def _upload(person: UUID) -> None:
    pdf = b"%PDF-1.7\n%%EOF\n"
    await files.store(Actor(ActorKind.OWNER, person, "张三"), "licence_photo", "a.pdf", pdf)


async def test_a_phone_taken_back_is_forgotten_with_its_proof(phones: Phones, door: Door) -> None:
    phone, other = await phones.make(), await phones.make()
    await prove_phone(phone)
    await prove_phone(other, "13900002222")
    await _told(phones, door, phone, event=REVOKE, revoke_info="8")
    gone, kept = await _person(phone.person), await _person(other.person)
    assert [gone[name] for name in ("phone_sealed", "phone_index", "phone_verified_at")] == [None] * 3
    assert (gone["state"], kept["phone_sealed"] is not None) == ("active", True)
    [(action, receipt)] = await _receipts(phone.person)
    assert action == "persons.datum_forgotten"
    assert (receipt["cause"], receipt["data"], receipt["named"], receipt["rows"]) == (REVOKE, ["phone"], "8", 1)
    assert receipt["modules"] == {"identity": 0, "enterprises": 1, "files": 0}
    assert NUMBER not in str(receipt)
    assert await db.fetch_value("SELECT state FROM addresses WHERE id = $1", phone.address) == "live"


async def test_what_rested_on_the_phone_has_to_be_proved_anew(phones: Phones, door: Door, connected: Runtime) -> None:
    phone = await phones.make()
    await prove_phone(phone)
    enterprise = await add_enterprise(connected, "92330502MA2D1ABC0X", "张三", NUMBER)
    binding = await add_binding(Actor(ActorKind.OWNER, phone.person), enterprise, rests_on_contact=True)
    await _told(phones, door, phone, event=REVOKE, revoke_info="8")
    assert await db.fetch_value("SELECT state FROM bindings WHERE id = $1", binding) == "read_only"


@pytest.mark.parametrize(("named", "datum"), [("14", Datum.FILES), ("15", Datum.FILES), ("6", Datum.NAME)])
async def test_pictures_files_and_names_go_too(phones: Phones, door: Door, named: str, datum: Datum) -> None:
    phone = await phones.make()
    await _upload(phone.person)
    await db.execute("UPDATE persons SET name_sealed = '\\x01' WHERE id = $1", phone.person)
    await _told(phones, door, phone, event=REVOKE, revoke_info=named)
    left = await db.fetch_value("SELECT count(*) FROM files WHERE state = 'stored'")
    name = (await _person(phone.person))["name_sealed"]
    assert (left, name is None) == ((0, False) if datum is Datum.FILES else (1, True))
    [(_, receipt)] = await _receipts(phone.person)
    assert (receipt["data"], receipt["rows"]) == ([datum], 1)


async def test_what_we_never_held_leaves_a_receipt_too(phones: Phones, door: Door) -> None:
    phone = await phones.make()
    await _told(phones, door, phone, event=REVOKE, revoke_info="13")
    assert "13" not in REVOKED
    [(_, receipt)] = await _receipts(phone.person)
    assert (receipt["data"], receipt["named"], receipt["rows"]) == ([], "13", 0)


async def test_a_closed_account_is_erased_everywhere_and_every_module_answers(phones: Phones, door: Door) -> None:
    phone = await phones.make()
    told = phones.sandbox.control("GET", f"owners/{phone.openid}")
    await prove_phone(phone)
    await _upload(phone.person)
    await say(message(phone.person))
    await db.execute("UPDATE persons SET unionid = $2 WHERE id = $1", phone.person, told["unionid"])
    await db.execute(
        "INSERT INTO service_followers (account, openid, unionid, is_following, seen_at)"
        " VALUES ('a', $1, $2, TRUE, $3)",
        told["service_openid"], told["unionid"], clock.now(),
    )  # fmt: skip
    await _told(phones, door, phone, event=CANCEL)
    [(action, receipt)] = await _receipts(phone.person)
    assert (action, receipt["cause"]) == ("persons.erased", CANCEL)
    assert set(receipt["modules"]) == {module.module for module in PERSONAL}
    assert receipt["rows"] == sum(receipt["modules"].values())
    assert {name for name, rows in receipt["modules"].items() if rows} >= {"notifications", "enterprises", "files"}
    everything = await _everything()
    for secret in (phone.openid, told["unionid"], told["service_openid"], NUMBER):
        assert secret not in everything
    # WeChat repeats itself: there is nobody left to erase.
    await _told(phones, door, phone, 2, event=CANCEL)
    assert len(await _receipts(phone.person)) == 1
    assert phone.openid not in await _everything()


async def _everything() -> str:
    """Every row of every table."""
    tables = await db.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    dumps = [
        await db.fetch_value(f"SELECT string_agg(row_to_json(t)::text, '') FROM {row['relname']} t") for row in tables
    ]
    return "".join(dump or "" for dump in dumps)


async def test_an_event_that_names_nobody_is_the_operators(phones: Phones, door: Door) -> None:
    body = {"items": [], "RevokeInfo": "8"}
    phones.sandbox.control("POST", "pushes", openid="", event=REVOKE, body=body)
    await door.applied(1)
    assert await db.fetch_value("SELECT count(*) FROM outbox WHERE topic LIKE 'persons.%'") == 0
    assert await db.fetch_value("SELECT kind FROM alerts WHERE kind = 'privacy_unnamed'") == "privacy_unnamed"


async def test_who_is_not_known_here_has_nothing_here(phones: Phones, door: Door) -> None:
    stranger = Phone(new_id(), phones.sandbox.owner(), new_id())
    await _told(phones, door, stranger, event=CANCEL)
    assert await db.fetch_value("SELECT count(*) FROM audit_entries WHERE action LIKE 'persons.%'") == 0
