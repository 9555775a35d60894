"""Owners with phones, and enterprises of the registry."""

from dataclasses import dataclass

import pytest

from backend import identity
from backend.access import Actor
from backend.consents import text
from backend.foundation import clock as clock_module
from backend.runtime import Runtime
from tests.support.sandbox import Sandbox

PRIVACY = text("privacy").version


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
