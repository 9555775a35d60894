"""Signed-in owners for benches over HTTP, each acting for an enterprise of the population."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
import httpx

from backend.consents import text
from backend.foundation.db import close_database, database_config, open_database
from backend.foundation.ids import new_id
from backend.foundation.migrations import migrate
from backend.foundation.settings import load_settings
from backend.identity.signing_in import PURPOSE
from backend.tables import MODELS
from tests.benches.population import enterprise, populate, publish_rules
from tests.benches.support import House, Program

OWNED: Final = 10
"""Every tenth enterprise of `city` has an owner, and so a line in the log of facts."""
_BIND = """
INSERT INTO bindings (id, person_id, enterprise_id, role, state, basis, created_at)
SELECT b.id, b.person, b.enterprise, 'manager', 'active', 'review', now()
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS b (id, person, enterprise)
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """A person as the mini-program holds him, and the enterprise he acts for."""

    person: UUID
    token: str
    enterprise: UUID


def city(of: House, enterprises: int, policies: int) -> list[UUID]:
    """Migrate and fill a house's database; returns the ids of the live policies."""
    return asyncio.run(_city(of, enterprises, policies))


async def _city(of: House, enterprises: int, policies: int) -> list[UUID]:
    url = load_settings(**of.settings).database_url
    await migrate(url, MODELS)
    await open_database(database_config(url, models=MODELS))
    try:
        await populate(enterprises, enterprises // OWNED)
        return await publish_rules(policies)
    finally:
        await close_database()


def owners(of: House, api: Program, number: int, enterprises: int) -> list[Owner]:
    """Sign new owners in as the mini-program does and let each act for an enterprise, spread over the city."""
    places = [1 + OWNED * (place * (enterprises // OWNED) // number) for place in range(number)]
    signed = [_sign_in(of, api) for _ in range(number)]
    made = [Owner(*one, enterprise(place)) for one, place in zip(signed, places, strict=True)]
    asyncio.run(_bind(of.settings["database_url"], [(one.person, one.enterprise) for one in made]))
    return made


def bind(of: House, owner: Owner, enterprises: Sequence[UUID]) -> None:
    """Let one owner act for further enterprises; how that is proved is no part of a bench."""
    asyncio.run(_bind(of.settings["database_url"], [(owner.person, one) for one in enterprises]))


def _sign_in(of: House, api: Program) -> tuple[UUID, str]:
    code = of.sandbox.login_code(of.sandbox.owner())
    body = {"code": code, "consent_version": text(PURPOSE).version, "client": "bench"}
    answer = httpx.post(f"{api.url}/api/owner/v1/sessions", json=body).raise_for_status().json()
    return UUID(answer["person_id"]), answer["token"]


async def _bind(database_url: str, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        people, enterprises = zip(*pairs, strict=True)
        await connection.execute(_BIND, [new_id() for _ in pairs], list(people), list(enterprises))
    finally:
        await connection.close()
