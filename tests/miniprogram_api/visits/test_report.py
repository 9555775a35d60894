"""Passes and minutes over HTTP: a pass is kept by nobody, photos open by a link, a word said twice is said once."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from backend.access import Role
from backend.foundation import clock, db
from backend.visits.models import Visit
from tests.factories.people import add_staff
from tests.miniprogram_api.matrix.visits import _confirmed
from tests.support.api import Api
from tests.support.matrix import CSRF, World

OWNER, STAFF = "/api/owner/v1/visits", "/api/staff/v1/visits"
KEY = "Idempotency-Key"


@pytest.fixture
async def visit(world: World) -> Visit:
    """A visit that began a moment ago, of the world's owner, to which its visitor goes."""
    await add_staff(staff_id=world.staff[Role.AUDITOR].id)
    made = await _confirmed(world)
    starts_at = clock.now() - timedelta(minutes=5)
    sql = "UPDATE visits SET starts_at = $2, ends_at = $3 WHERE id = $1"
    await db.execute(sql, made.id, starts_at, starts_at + timedelta(hours=1))
    return await Visit.get(id=made.id)


def _owner(world: World, key: str = "1") -> dict[str, str]:
    return {"Authorization": f"Bearer {world.owner.id}", KEY: f"{key:0>40}"}


def _staff(world: World, version: int | None = None) -> dict[str, str]:
    sent = {"Cookie": f"wuwei_staff={world.staff[Role.VISITOR].id}", "X-CSRF-Token": CSRF}
    return sent if version is None else {**sent, "If-Match": f'"{version}"'}


async def _arrived(known: Api, world: World, visit_id: UUID) -> dict[str, Any]:
    shown = await known.get(f"{OWNER}/{visit_id}/pass", headers=_owner(world))
    assert shown.headers["cache-control"] == "no-store"
    body = {"token": shown.json()["token"]}
    done = await known.post(f"{STAFF}/{visit_id}/arrive", json=body, headers=_staff(world))
    assert done.status_code == 200, done.text
    told: dict[str, Any] = done.json()
    return told


def _picture() -> bytes:
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "a camera"
    Image.new("RGB", (8, 8), "green").save(target, "JPEG", exif=exif)
    return target.getvalue()


async def test_a_photo_loses_what_its_camera_noted_and_opens_by_a_link_for_both(
    known: Api, world: World, visit: Visit
) -> None:
    made = await _arrived(known, world, visit.id)
    sent = {"file": ("现场.jpg", _picture(), "image/jpeg")}
    kept = await known.post("/api/staff/v1/case-files", files=sent, headers=_staff(world))
    assert kept.status_code == 201, kept.text
    findings = [{"kind": "quality", "words": "计量器具摆放规范", "photos": [kept.json()["id"]]}]
    body = {"findings": findings}
    filed = await known.post(f"{STAFF}/{visit.id}/report", json=body, headers=_staff(world, made["version"]))
    assert filed.status_code == 200, filed.text
    for base, headers in ((OWNER, _owner(world)), (STAFF, _staff(world))):
        read = (await known.get(f"{base}/{visit.id}/report", headers=headers)).json()
        (photo,) = read["editions"][0]["findings"][0]["photos"]
        picture = await known.get(photo["link"])
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
        assert not Image.open(io.BytesIO(picture.content)).getexif()


async def test_a_word_sent_twice_is_said_once(known: Api, world: World, visit: Visit) -> None:
    made = await _arrived(known, world, visit.id)
    body = {"text": "介绍了政策。"}
    await known.post(f"{STAFF}/{visit.id}/report", json=body, headers=_staff(world, made["version"]))
    word = {"edition": 1, "rating": {"level": 5}}
    answers = [
        await known.post(f"{OWNER}/{visit.id}/report/confirm", json=word, headers=_owner(world, "7")) for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    again = await known.post(f"{OWNER}/{visit.id}/report/confirm", json=word, headers=_owner(world, "8"))
    assert (again.status_code, again.json()["code"]) == (409, "visits.minutes_settled")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("arrive", {"token": "a\x00b"}),
        ("arrive", {"token": "FW1." + "é" * 200}),
        ("arrive/back-fill", {"arrived_at": "0001-01-01T00:00:00+08:00", "reason": "忘了"}),
        ("report", {"text": "好", "promises": [{"text": "送", "due_on": "9999-12-31"}]}),
        ("report", {"text": "好", "promises": [{"text": "送", "due_on": "2026-02-29"}]}),
        ("report", {"text": "好", "findings": [{"kind": "violation", "words": "违法"}]}),
        ("report", {"text": "好", "problems": [{"title": "一", "responsible_id": "x"}]}),
        ("report/decide", {"enterprise_id": "x", "reason": "好"}),
    ],
)
async def test_wrong_input_is_told_so(known: Api, world: World, visit: Visit, path: str, body: Any) -> None:
    role = Role.MANAGER if path.endswith("decide") else Role.VISITOR
    headers = {**_staff(world, visit.version), "Cookie": f"wuwei_staff={world.staff[role].id}"}
    if path == "report":
        made = await _arrived(known, world, visit.id)
        headers["If-Match"] = f'"{made["version"]}"'
    answer = await known.post(f"{STAFF}/{visit.id}/{path}", json=body, headers=headers)
    assert answer.status_code == 422, answer.text
