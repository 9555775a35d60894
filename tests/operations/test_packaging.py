"""What builds, installs and deploys the project names things that exist and pins things that are declared."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.foundation.settings import Settings

_ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
_DOCKERFILE = (_ROOT / "Dockerfile").read_text()
_COMPOSE: dict[str, Any] = yaml.safe_load((_ROOT / "compose.yaml").read_text())
_LOCKS = ("runtime", "embedded", "dev", "build")


def _pins(name: str) -> dict[str, str]:
    """Package → version of one lock; names in their normal form."""
    text = (_ROOT / "requirements" / f"{name}.txt").read_text()
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", text, re.MULTILINE)
    return {package.lower().replace("_", "-").replace(".", "-"): version for package, version in found}


def _declared(requirements: list[str]) -> dict[str, str]:
    return {
        re.split(r"\[|==", text)[0].lower(): text.partition("==")[2]
        for text in requirements
        if not text.startswith("wuwei")
    }


@pytest.mark.parametrize(
    ("lock", "extras"), [("runtime", []), ("embedded", ["embedded"]), ("dev", ["embedded", "dev"])]
)
def test_a_lock_holds_what_the_project_declares(lock: str, extras: list[str]) -> None:
    declared = [*_PROJECT["dependencies"], *(d for extra in extras for d in _PROJECT["optional-dependencies"][extra])]
    pins = _pins(lock)
    for package, version in _declared(declared).items():
        assert version, f"{package} is declared without an exact version"
        assert pins.get(package) == version, f"make lock: {package} is {pins.get(package)} in requirements/{lock}.txt"


def test_the_smaller_locks_agree_with_development() -> None:
    development = _pins("dev")
    for name in _LOCKS:
        assert _pins(name).items() <= development.items(), f"requirements/{name}.txt differs: make lock"


@pytest.mark.parametrize("name", _LOCKS)
def test_every_pin_has_a_hash_and_no_lock_names_an_address(name: str) -> None:
    text = (_ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert "index-url" not in text
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_image_copies_what_exists_and_drops_root() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", _DOCKERFILE, re.MULTILINE)
    assert sources
    for source in " ".join(sources).split():
        assert (_ROOT / source).exists(), source
    users = re.findall(r"^USER (\S+)$", _DOCKERFILE, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}
    assert "embedded.txt" not in _DOCKERFILE


def test_what_the_image_copies_is_sent_to_the_builder() -> None:
    kept = [line[1:] for line in (_ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in " ".join(re.findall(r"^COPY (?!--from)(.+) \S+$", _DOCKERFILE, re.MULTILINE)).split():
        assert any(Path(source).match(pattern) for pattern in kept), f"{source} is missing in .dockerignore"


def test_every_package_of_the_project_is_in_the_image_and_in_the_wheel() -> None:
    built = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    for package in built:
        assert re.search(rf"^COPY {package} {package}$", _DOCKERFILE, re.MULTILINE), package


def test_compose_gives_each_service_every_required_setting() -> None:
    required = {f"WUWEI_{name.upper()}" for name, field in Settings.model_fields.items() if field.is_required()}
    for name in ("migrate", "api", "worker"):
        assert required <= _COMPOSE["services"][name]["environment"].keys()


def test_compose_names_only_settings_that_exist() -> None:
    known = {f"WUWEI_{name.upper()}" for name in Settings.model_fields}
    assert _COMPOSE["services"]["api"]["environment"].keys() <= known


def test_the_example_of_settings_covers_what_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(WUWEI_\w+):\?", (_ROOT / "compose.yaml").read_text()))
    offered = set(re.findall(r"^(WUWEI_\w+)=", (_ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked <= offered


def test_compose_makes_a_database_that_knows_chinese() -> None:
    database = _COMPOSE["services"]["postgres"]
    assert database["image"] == "postgres:18"
    assert "--lc-ctype=C.UTF-8" in database["environment"]["POSTGRES_INITDB_ARGS"]
