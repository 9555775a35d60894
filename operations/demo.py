"""Fills a fresh installation with what a first look needs; every enterprise is made up and says so.

Each step may be repeated: a seed that was cut off goes on at the next start, one that is complete is left alone. The
credentials are kept in `demo.json` of the data directory, for its owner's eyes only.
"""

import asyncio
import csv
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pyotp

from backend import runtime, staff
from backend.access import SYSTEM, Actor, ActorKind, Grant, Role
from backend.enterprises import imports as enterprise_imports
from backend.foundation import clock, db
from backend.policies import service
from backend.policies.editing import imports as policy_imports
from backend.policies.editing import timing
from backend.policies.models import Policy, PolicyVersion
from backend.policies.states import OPEN, VersionState
from backend.staff.errors import LoginTaken
from operations import demo_data
from operations.demo_articles import seed_articles
from operations.demo_financing import seed_financing
from operations.demo_needs import seed_needs
from operations.demo_salons import seed_salons
from operations.demo_survey import seed_survey
from operations.demo_visits import seed_visits
from operations.installation import Installation, write_private
from operations.processes import OperationsError

# Fits the enterprise below and waits in review, so that whoever takes the tour can publish it.
FOR_THE_TOUR: Final = "N03"
_FILE: Final = "demo.json"
_CROWD: Final = 2000
# One person a role: who writes a policy never publishes it.
_STAFF: Final = (
    ("jingban", "演示经办员", Role.PUBLISHER),
    ("fuhe", "演示复核员", Role.REVIEWER),
    ("zhuren", "演示主任", Role.MANAGER),
    ("chuangkou", "演示窗口", Role.FRONT_DESK),
    ("zhuanban", "演示专办员", Role.SPECIALIST),
    ("anquan", "演示安全管理员", Role.SECURITY_ADMINISTRATOR),
    ("yinhang", "演示客户经理", Role.PARTNER),
    ("nongshang", "演示农商行客户经理", Role.PARTNER),
    ("cunzhen", "演示村镇银行客户经理", Role.PARTNER),
)
# Codes that no registrar gave; the tour in the README binds the first one.
_NAMED: Final = (
    ("92330502MA2B00001N", "演示湖州织里张记小吃店（虚构）", "个体工商户", "张演示", "10000000001", "2024-03-18",
     "存续", "6210", "吴兴区", "织里镇", "浙江省湖州市吴兴区织里镇演示路1号", "3", "42.50", "18.00", "",
     "食品经营许可"),
    ("93330523MA2B000024", "演示安吉竹海农民专业合作社（虚构）", "农民专业合作社", "李演示", "10000000002",
     "2021-05-06", "存续", "0141", "安吉县", "递铺街道", "浙江省湖州市安吉县递铺街道演示路2号", "12", "260.00",
     "180.00", "", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Login:
    """How one demo member of staff signs in; `totp_secret` goes into an authenticator app."""

    login: str
    name: str
    role: str
    password: str
    totp_secret: str


@dataclass(frozen=True)
class Demo:
    """What the seed made: who can sign in, and the enterprise an owner may claim."""

    logins: tuple[Login, ...]
    uscc: str = _NAMED[0][0]
    enterprise: str = _NAMED[0][1]
    representative: str = _NAMED[0][3]
    phone: str = _NAMED[0][4]


def kept(installation: Installation) -> Demo | None:
    """Return what an earlier seed made; None when none was completed."""
    file = installation.directory / _FILE
    if not file.exists():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Demo(**{**told, "logins": tuple(Login(**login) for login in told["logins"])})
    except (ValueError, TypeError, KeyError):
        raise OperationsError(f"{file} is damaged: remove it and start again, demo staff get new passwords") from None


def current_code(installation: Installation, login: str) -> str:
    """Return the one-time code an authenticator app would show for a demo member of staff now."""
    demo = kept(installation)
    secrets = {one.login: one.totp_secret for one in demo.logins} if demo else {}
    if login not in secrets:
        raise OperationsError(f"no demo login {login!r}: " + (", ".join(secrets) or "run 'wuwei run' first"))
    return pyotp.TOTP(secrets[login]).now()


async def seed(installation: Installation) -> Demo:
    """Seed, and note the credentials once all is there; runs within the service."""
    async with unsealed(runtime.current().settings.database_url):
        demo = await _seed()
    text = json.dumps(asdict(demo), ensure_ascii=False, indent=1)
    await asyncio.to_thread(write_private, installation.directory / _FILE, text)
    return demo


@asynccontextmanager
async def unsealed(database_url: str) -> AsyncIterator[None]:
    """Let nothing be sealed meanwhile: the sealer takes only what ended before the oldest running transaction began.

    Part of the demo happens at earlier times, and an entry that claims to be older than a seal before it breaks the
    trail.
    """
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_current_xact_id()")
            yield
    finally:
        await connection.close()


async def _seed() -> Demo:
    await _enterprises()
    logins = tuple([await _login(*member) for member in _STAFF])
    author, reviewer = await _acting(Role.PUBLISHER), await _acting(Role.REVIEWER)
    await _policies(author, reviewer)
    await seed_articles(author, reviewer)
    await seed_survey(author, reviewer)
    await seed_visits(await _acting(Role.SPECIALIST))
    await seed_salons(author, await _acting(Role.FRONT_DESK), await _acting(Role.SPECIALIST))
    partners = [await _acting(Role.PARTNER, nth) for nth in range(3)]
    await seed_financing(partners, author, reviewer)
    await seed_needs(partners, await _acting(Role.SPECIALIST))
    return Demo(logins)


async def _enterprises() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "demo.csv"
        await asyncio.to_thread(_write, file)
        await enterprise_imports.import_registry(file, actor=SYSTEM)


def _write(file: Path) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(demo_data.HEADER)
        writer.writerows(_NAMED)
        writer.writerows(demo_data.demo_rows(_CROWD))


async def _login(login: str, name: str, role: Role) -> Login:
    """Open the account; one that a cut-off seed left without known credentials gets new ones."""
    try:
        made = await staff.create_staff(login, name, [role], must_change_password=False)
    except LoginTaken:
        account = await db.fetch_value("SELECT id FROM staff WHERE login = $1", login)
        made = await staff.reset(account, actor=SYSTEM)
    secret = parse_qs(urlsplit(made.otpauth_uri).query)["secret"][0]
    return Login(login, name, role.value, made.password, secret)


async def _acting(role: Role, nth: int = 0) -> Actor:
    """The first, or another, of those who hold a role."""
    login, name = [(login, name) for login, name, held in _STAFF if held is role][nth]
    account = await db.fetch_value("SELECT id FROM staff WHERE login = $1", login)
    return Actor(ActorKind.STAFF, account, name, (Grant(role),))


async def _policies(author: Actor, reviewer: Actor) -> None:
    """Import the real policies and publish what is in force today, each by a second person."""
    await policy_imports.import_policies(policy_imports.REAL, actor=author)
    for version in await PolicyVersion.filter(state__in=list(OPEN)).order_by("id"):
        if not _can_be_published(version):
            continue
        policy = await Policy.get(id=version.policy_id)
        if version.state is VersionState.DRAFT:
            await service.submit(policy.id, actor=author)
        if policy.number != FOR_THE_TOUR:
            await policy.refresh_from_db()
            await service.publish(policy.id, actor=reviewer, version=policy.version)


def _can_be_published(version: PolicyVersion) -> bool:
    """Reference material and what has run out stay drafts, for staff to read."""
    last = timing.last_day(version.effective_to, version.apply_until)
    return not version.reference_only and (last is None or last >= clock.today())
