"""An account and ways to sign in to it."""

import re
from dataclasses import dataclass, field

import pyotp
import pytest
from argon2 import PasswordHasher

from backend import staff
from backend.access import Role
from backend.foundation import clock as clock_module
from backend.runtime import Runtime
from backend.staff import passwords
from backend.staff.accounts import Credentials


@dataclass
class Person:
    """A staff member with his authenticator app in hand."""

    credentials: Credentials
    used: int = field(default=0)

    @property
    def secret(self) -> str:
        found = re.search(r"secret=([A-Z2-7]+)", self.credentials.otpauth_uri)
        assert found
        return found[1]

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(clock_module.now())

    async def sign_in(self, *, password: str | None = None, code: str | None = None) -> staff.Opened:
        return await staff.sign_in(self.credentials.login, password or self.credentials.password, code or self.code())


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the many sign-ins of these tests fast; what the service itself uses is tested by its name."""
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("nobody"))


@pytest.fixture
async def wang(running: Runtime, clock: clock_module.Frozen) -> Person:
    """A publisher whose password need not be changed."""
    return Person(await staff.create_staff("wang", "王芳", [Role.PUBLISHER], must_change_password=False))
