"""Passwords: rules, Argon2id, and making one; hashing runs in a thread because it takes tens of milliseconds."""

import asyncio
import secrets
import string
from typing import Final

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from backend.staff.errors import WeakPassword

MINIMUM = 10
MAXIMUM = 128
CLASSES = 3
REMEMBERED = 5

# OWASP Password Storage Cheat Sheet, first of its equivalent Argon2id settings: 46 MiB, one pass, one lane.
PARAMETERS: Final = Parameters(
    type=Type.ID, version=ARGON2_VERSION, salt_len=16, hash_len=32, time_cost=1, memory_cost=47_104, parallelism=1
)
_HASHER: Final = PasswordHasher.from_parameters(PARAMETERS)
# Verified against when there is no such account, so that an unknown login costs the same time.
_NOBODY: Final = _HASHER.hash(secrets.token_urlsafe(16))
# 46 MiB each: a burst of sign-ins must not take the machine's memory.
_AT_ONCE = asyncio.Semaphore(4)


async def hash_password(password: str) -> str:
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, password)


async def verify(stored: str | None, password: str) -> bool:
    """Tell whether the password fits; without a stored hash it takes as long and says no."""
    async with _AT_ONCE:
        fits = await asyncio.to_thread(_verify, stored or _NOBODY, password)
    return fits and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def check_rules(password: str, *, login: str) -> None:
    """Raise WeakPassword unless it has 10 to 128 characters of three classes and does not hold the login name."""
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise WeakPassword(f"密码长度须为 {MINIMUM} 至 {MAXIMUM} 个字符。")
    if _classes(password) < CLASSES:
        raise WeakPassword("密码须包含大写字母、小写字母、数字、符号中的至少三类。")
    if login.lower() in password.lower():
        raise WeakPassword("密码不能包含登录名。")


def _classes(password: str) -> int:
    found = {
        "lower" if char.islower() else "upper" if char.isupper() else "digit" if char.isdigit() else "other"
        for char in password
    }
    return len(found)


async def check_unused(password: str, hashes: list[str]) -> None:
    """Raise WeakPassword when it is one of the hashed ones (the current and the four before)."""
    for stored in hashes:
        if await verify(stored, password):
            raise WeakPassword(f"不能使用最近 {REMEMBERED} 次用过的密码。")


def generate(*, login: str) -> str:
    """Return a random password of 20 characters (about 117 bits) that keeps the rules."""
    alphabet = string.ascii_letters + string.digits
    while True:
        password = "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
        if _classes(password) > CLASSES and login.lower() not in password.lower():
            return password
