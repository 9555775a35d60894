"""A crowd with phones, something to tell it, and the staff who do."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend import outbox
from backend.access import Actor, ActorKind, Grant, Role
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.notifications import Message, broadcasts
from backend.notifications.broadcasts import telling
from tests.backend.notifications.people import FIELDS

PREPARER = Actor(ActorKind.STAFF, UUID(int=11), "准备人", (Grant(Role.PUBLISHER),))
RELEASER = Actor(ActorKind.STAFF, UUID(int=12), "放行人", (Grant(Role.REVIEWER),))
OTHER = Actor(ActorKind.STAFF, UUID(int=13), "另一人", (Grant(Role.MANAGER),))
BOTH = Actor(ActorKind.STAFF, UUID(int=14), "兼任者", (Grant(Role.PUBLISHER), Grant(Role.REVIEWER)))
THING = UUID(int=77)


class Crowd:
    """An origin whose list are all persons; `stops` is raised by the next slice."""

    def __init__(self) -> None:
        self.stops: Exception | None = None
        self.left_out: dict[UUID, str] = {}

    async def _draft(self, thing: UUID, actor: Actor) -> broadcasts.Draft:
        shared = {name: text for name, text in FIELDS.items() if name != "enterprise"}
        return broadcasts.Draft("policy_matched", thing, "小店减费", shared)

    async def _gather(self, one: broadcasts.Broadcast) -> broadcasts.Selection:
        return broadcasts.Selection("SELECT id AS person_id, NULL::uuid AS enterprise_id FROM persons")

    async def _compose(self, one: broadcasts.Broadcast, people: Sequence[broadcasts.Recipient]) -> broadcasts.Composed:
        if self.stops:
            raise self.stops
        fields = {**one.fields, "enterprise": "某某店"}
        told = [person.person_id for person in people if person.person_id not in self.left_out]
        written = [Message(one.kind, person, f"crowd:{one.id}", fields) for person in told]
        return broadcasts.Composed(
            written, {p.person_id: self.left_out[p.person_id] for p in people if p.person_id not in told}
        )

    @property
    def origins(self) -> broadcasts.Origins:
        return {"crowd": broadcasts.Origin(self._draft, self._gather, self._compose, {"enterprise": "试发"})}

    async def frozen(self, schedule: broadcasts.Schedule = broadcasts.NOW, *, by: Actor = PREPARER) -> UUID:
        made = await broadcasts.create(self.origins, "crowd", THING, schedule, actor=by)
        await broadcasts.freeze(made, self.origins, actor=by)
        return made

    async def released(self) -> UUID:
        made = await self.frozen()
        await broadcasts.release(made, (await row(made))["digest"], actor=RELEASER)
        return made

    async def spread(self) -> None:
        """Do what the outbox's worker does until nothing is left."""
        drained = await outbox.drain(telling.handlers(self.origins))
        assert (drained.failed, drained.is_empty) == (0, True)


async def row(made: UUID) -> Mapping[str, Any]:
    found = await db.fetch_one("SELECT * FROM broadcasts WHERE id = $1", made)
    assert found
    return dict(found)


async def state(made: UUID) -> str:
    return str((await row(made))["state"])


async def persons(count: int) -> list[UUID]:
    made = [new_id() for _ in range(count)]
    await db.execute("INSERT INTO persons (id, created_at) SELECT id, now() FROM unnest($1::uuid[]) AS p (id)", made)
    return made
