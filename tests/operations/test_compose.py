"""compose.yaml describes an installation that starts in order, is reached by one door, and keeps what must be kept."""

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.foundation.settings import Settings
from miniprogram_api.routes import ROUTES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROXY = (ROOT / "deploy" / "Caddyfile").read_text()
OURS = ("migrate", "api", "worker")
# The keys that this file uses, of those that the Compose Specification knows for a service.
KNOWN = {
    "build", "cap_add", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "init",
    "networks", "ports", "read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip


def test_what_it_runs() -> None:
    replicas = {name: service.get("deploy", {}).get("replicas", 1) for name, service in SERVICES.items()}
    assert replicas == {"postgres": 1, "valkey": 1, "migrate": 1, "api": 2, "worker": 2, "proxy": 1}


def test_every_key_is_one_of_the_specification() -> None:
    assert set().union(*SERVICES.values()) <= KNOWN
    assert {key for key in COMPOSE if not key.startswith("x-")} == {"name", "services", "networks", "volumes"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_names_exists(name: str) -> None:
    service = SERVICES[name]
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], volume
    for other, condition in service.get("depends_on", {}).items():
        needed = condition["condition"]
        assert needed in {"service_healthy", "service_completed_successfully"}
        assert SERVICES[other]["restart"] == "no" or needed == "service_healthy"


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_service_that_stays_is_watched_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    image_has_its_own = name == "api"
    assert image_has_its_own or service["healthcheck"]["test"][0] == "CMD"
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


def test_the_schema_is_there_before_anybody_works() -> None:
    for name in ("api", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_the_proxy_is_the_only_door() -> None:
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"proxy"}
    assert SERVICES["proxy"]["networks"] == ["edge"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_the_api_trusts_the_proxy_s_network_and_no_other() -> None:
    [config] = COMPOSE["networks"]["edge"]["ipam"]["config"]
    told = re.search(r":-(.+)\}", SERVICES["api"]["environment"]["WUWEI_TRUSTED_PROXIES"])
    assert told
    assert told[1] == config["subnet"]
    assert ipaddress.ip_network(told[1]).is_private
    assert {name for name, service in SERVICES.items() if "edge" in service["networks"]} == {"api", "proxy"}


def test_the_proxy_leads_to_the_api_s_own_port_and_not_to_its_figures() -> None:
    fields = Settings.model_fields
    assert re.findall(r"^\s*name (\w+)\s+port (\d+)", PROXY, re.MULTILINE) == [("api", str(fields["api_port"].default))]
    assert str(fields["internal_port"].default) not in PROXY
    assert PROXY.count("{") == PROXY.count("}")
    for name in re.findall(r"\{\$(\w+)\}", PROXY):
        assert name in SERVICES["proxy"]["environment"]
    [url] = [word for word in SERVICES["proxy"]["healthcheck"]["test"] if word.startswith("http://")]
    assert f"{url.rstrip('/')} {{" in PROXY


@pytest.mark.parametrize("name", OURS)
def test_our_own_are_held_tight(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "/tmp" in service["tmpfs"]  # noqa: S108  a container of its own


def test_two_workers_don_t_take_each_other_s_sign_of_life() -> None:
    assert "/data/run" in SERVICES["worker"]["tmpfs"]
    assert SERVICES["worker"]["healthcheck"]["test"][-1] == "--check"


def test_the_proxy_lets_through_what_streams_into_a_file() -> None:
    """Such files have a limit of their own in the API; the proxy's small one would refuse them before it is asked."""
    streamed = {re.sub(r"<[^>]+>", "*", route.path) for route in ROUTES if route.endpoint.streams}
    (unlimited,) = re.findall(r"@small not path (.+)", PROXY)
    assert set(unlimited.split()) == streamed
