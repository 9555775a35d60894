"""Who may call what about surveys."""

from typing import Any
from uuid import UUID

from backend.access import Role
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.questions.surveys import answering, service
from backend.questions.surveys.service import Handled
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import WRITER, owner
from tests.backend.questions.surveys.asking import content, in_review, released
from tests.miniprogram_api.matrix.policies import _bound
from tests.support.matrix import Call, Row, World

READERS = frozenset(Role) - {Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.PARTNER}
WRITERS = frozenset({Role.PUBLISHER})
RELEASERS = frozenset({Role.REVIEWER, Role.MANAGER})
REASON = {"reason": "题目有误"}


def _of(done: Handled, body: Any = None, **query: str) -> Call:
    return Call(params={"survey_id": done.id}, query=query, body=body, headers={"If-Match": f'"{done.version}"'})


async def _new(_world: World) -> Call:
    return Call(body=content().model_dump(mode="json"))


async def _drafted(_world: World) -> Call:
    return _of(await service.draft(content(), actor=WRITER))


async def _edited(_world: World) -> Call:
    made = await service.draft(content(), actor=WRITER)
    return _of(made, content(title="改过").model_dump(mode="json"))


async def _submitted(_world: World) -> Call:
    return _of(await in_review())


async def _sent_back(_world: World) -> Call:
    return _of(await in_review(), REASON)


async def _released(_world: World) -> Call:
    return _of(await released())


async def _ended(_world: World) -> Call:
    return _of(await released(), REASON)


async def _written(_world: World) -> tuple[Handled, UUID]:
    """A survey and the one text that answers it."""
    done = await released()
    number = await db.fetch_value("SELECT count(*)::int FROM enterprises")
    shop = await enterprise(number, employees=3)
    given = {"worst": "people", "help": f"请帮第{number}家"}
    await answering.answer(await owner(shop), shop, done.id, given, version=0)
    sql = "SELECT md5(id::text || 'help')::uuid FROM survey_answers WHERE survey_id = $1"
    return done, await db.fetch_value(sql, done.id)


async def _texts(_world: World) -> Call:
    done, _ = await _written(_world)
    for number in range(2):
        shop = await enterprise(
            900 + number + await db.fetch_value("SELECT count(*)::int FROM enterprises"), employees=3
        )
        await answering.answer(await owner(shop), shop, done.id, {"worst": "none", "help": "再帮一次"}, version=0)
    return _of(done, question="help")


async def _picked(_world: World) -> Call:
    done, text = await _written(_world)
    return _of(done, {"texts": [str(text)]})


async def _mine(world: World) -> Call:
    done = await released()
    return Call(
        params={"enterprise_id": await _bound(world), "survey_id": done.id},
        body={"answers": {"worst": "people"}},
        headers={"If-Match": '"0"', "Idempotency-Key": str(new_id())},
    )


async def _my_list(world: World) -> Call:

    await released()
    return Call(params={"enterprise_id": await _bound(world)})


async def _my_one(world: World) -> Call:
    call = await _mine(world)
    return Call(params=call.params)


_OWNER = "/api/owner/v1/enterprises/<enterprise_id:uuid>/surveys"
_STAFF = "/api/staff/v1/surveys"
_ONE = f"{_STAFF}/<survey_id:uuid>"

ROWS = (
    Row("GET", _OWNER, others=404, arrange=_my_list),
    Row("GET", f"{_OWNER}/<survey_id:uuid>", others=404, arrange=_my_one),
    Row("PUT", f"{_OWNER}/<survey_id:uuid>/answer", others=404, arrange=_mine),
    Row("PUT", f"{_OWNER}/<survey_id:uuid>/draft", others=404, arrange=_mine),
    Row("GET", _STAFF, roles=READERS, arrange=_drafted),
    Row("POST", _STAFF, roles=WRITERS, arrange=_new),
    Row("GET", _ONE, roles=READERS, arrange=_drafted),
    Row("PUT", f"{_ONE}/draft", roles=WRITERS, arrange=_edited),
    Row("POST", f"{_ONE}/submit", roles=WRITERS, arrange=_drafted),
    Row("POST", f"{_ONE}/send-back", roles=RELEASERS, arrange=_sent_back),
    Row("POST", f"{_ONE}/release", roles=RELEASERS, arrange=_submitted),
    Row("POST", f"{_ONE}/close", roles=RELEASERS, arrange=_ended),
    Row("POST", f"{_ONE}/withdraw", roles=RELEASERS, arrange=_ended),
    Row("POST", f"{_ONE}/copy", roles=WRITERS, arrange=_released),
    Row("GET", f"{_ONE}/audience", roles=READERS, arrange=_drafted),
    Row("GET", f"{_ONE}/results", roles=READERS, arrange=_released),
    Row("GET", f"{_ONE}/results/export", roles=READERS, arrange=_released),
    Row("GET", f"{_ONE}/texts", roles=READERS, arrange=_texts),
    Row("POST", f"{_ONE}/needs", roles=WRITERS, arrange=_picked),
)
