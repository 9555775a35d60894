"""The page of metrics names exactly what is registered, with its kind and labels."""

import importlib
import pkgutil
import re
from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import backend
import miniprogram_api
import workers

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(wuwei_\w+)` \| (\w+) \| ([\w, ]*)\| (.+) \|$", re.MULTILINE)


def _registered() -> dict[str, tuple[str, list[str]]]:
    for package in (backend, miniprogram_api, workers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found: dict[str, tuple[str, list[str]]] = {}
    for metric in set(REGISTRY._names_to_collectors.values()):
        if isinstance(metric, MetricWrapperBase) and metric._name.startswith("wuwei_"):
            name = f"{metric._name}_total" if metric._type == "counter" else metric._name
            found[name] = (str(metric._type), list(metric._labelnames))
    return found


def test_the_page_names_what_is_registered() -> None:
    told = {
        name: (kind, [one.strip() for one in labels.split(",") if one.strip()])
        for name, kind, labels, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))
    }
    assert told == _registered()
