"""What builds, installs and deploys the project names things that exist and pins things that are declared."""

import json
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


@pytest.mark.parametrize("name", [*_LOCKS, "node"])
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


def test_the_image_has_the_console_built() -> None:
    built = re.search(r"^COPY --from=console (\S+) (\S+)$", _DOCKERFILE, re.MULTILINE)
    assert built
    assert built[2] == "miniprogram_api/built"
    assert _DOCKERFILE.index(built[0]) < _DOCKERFILE.index("pip wheel")


def test_the_console_s_lock_names_no_address() -> None:
    lock = json.loads((_ROOT / "console" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        assert entry["integrity"], name


def test_the_console_pins_what_it_is_made_with() -> None:
    project = json.loads((_ROOT / "console" / "package.json").read_text())
    for name, version in {**project["dependencies"], **project["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name


def test_what_the_image_copies_is_sent_to_the_builder() -> None:
    kept = [line[1:] for line in (_ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in " ".join(re.findall(r"^COPY (?!--from)(.+) \S+$", _DOCKERFILE, re.MULTILINE)).split():
        places = (Path(source), *Path(source).parents)
        sent = any(place.match(pattern) for place in places for pattern in kept)
        assert sent, f"{source} is missing in .dockerignore"


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
