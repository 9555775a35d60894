"""Owners with phones, and enterprises of the registry."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from backend import identity
from backend.access import Actor, ActorKind, Grant, Role
from backend.consents import text
from backend.foundation import clock as clock_module
from backend.foundation import db
from backend.foundation.ids import new_id
from backend.identity import contacts
from backend.runtime import Runtime
from tests.support.sandbox import Sandbox

PRIVACY = text("privacy").version
REVIEWER = Actor(ActorKind.STAFF, None, "审核员", (Grant(Role.FRONT_DESK),))

_PERSON = """
INSERT INTO persons (id, phone_sealed, phone_index, phone_verified_at, created_at) VALUES ($1, $2, $3, $4, $4)
"""
_ENTERPRISE = """
INSERT INTO enterprises
    (id, uscc, name, representative_sealed, representative_index, phone_sealed, phone_index, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@dataclass
class Owner:
    """A signed-in owner with his phone in hand."""

    openid: str
    actor: Actor
    token: str


class People:
    """Makes owners through the stand-in, as the mini-program does."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def sign_in(self, openid: str) -> identity.SignedIn:
        return await identity.sign_in(self.sandbox.login_code(openid), consent_version=PRIVACY, client="test")

    async def owner(self, phone: str | None = None) -> Owner:
        openid = self.sandbox.owner(**({"phone": phone} if phone else {}))
        signed = await self.sign_in(openid)
        owner = Owner(openid, await identity.owner_by_token(signed.token), signed.token)
        if phone:
            await identity.bind_phone(owner.actor, self.sandbox.phone_code(openid))
        return owner


@pytest.fixture
async def people(connected: Runtime, clock: clock_module.Frozen, sandbox: Sandbox) -> People:
    return People(sandbox)


async def add_person(phone: str, *, vault_runtime: Runtime) -> Actor:
    """Write an owner with a verified phone straight into the tables: for races of many."""
    person_id, vault = new_id(), vault_runtime.vault
    await db.execute(
        _PERSON,
        person_id,
        vault.encrypt(phone, table="persons", column="phone_sealed", row=person_id),
        vault.blind_index(phone, column=contacts.PHONE),
        clock_module.now(),
    )
    return Actor(ActorKind.OWNER, person_id)


async def add_enterprise(running: Runtime, uscc: str, representative: str, phone: str, name: str = "") -> UUID:
    """Write an enterprise as the registry's import does and return its id."""
    enterprise_id, vault = new_id(), running.vault
    await db.execute(
        _ENTERPRISE,
        enterprise_id,
        uscc,
        name or f"湖州{representative}食品店",
        vault.encrypt(representative, table="enterprises", column="representative_sealed", row=enterprise_id),
        vault.blind_index(representative, column=contacts.REPRESENTATIVE),
        vault.encrypt(phone, table="enterprises", column="phone_sealed", row=enterprise_id),
        vault.blind_index(phone, column=contacts.PHONE),
        clock_module.now(),
    )
    return enterprise_id
