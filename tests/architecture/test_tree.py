"""The house keeps its shape: sizes, module headings, no hidden imports, floors told to the linter."""

import ast
import statistics
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("backend", "miniprogram_api", "workers", "sandbox", "operations")
FILES = sorted(chain.from_iterable((ROOT / name).rglob("*.py") for name in PACKAGES))
MAX_FILE_LINES = 400
ONE_PAGE = ROOT / "miniprogram_api" / "routes.py"  # a table, a line an endpoint: the whole surface at one look
MAX_MEDIAN_FUNCTION = 9
MAX_P95_FUNCTION = 35


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_no_file_is_longer_than_one_can_read() -> None:
    long = [p for p in FILES if len(p.read_text(encoding="utf-8").splitlines()) > MAX_FILE_LINES and p != ONE_PAGE]
    assert _names(long) == []


def test_functions_stay_small() -> None:
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert statistics.median(lengths) <= MAX_MEDIAN_FUNCTION
    assert lengths[int(len(lengths) * 0.95)] <= MAX_P95_FUNCTION


def test_every_module_says_what_it_is_for() -> None:
    silent = [p for p in FILES if p.read_text(encoding="utf-8").strip() and not ast.get_docstring(_tree(p))]
    assert _names(silent) == []


def test_no_import_hides_in_a_function_or_under_type_checking() -> None:
    hidden = []
    for path in FILES:
        tree = _tree(path)
        inside = [
            n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)
        ]
        if any(isinstance(n, ast.Import | ast.ImportFrom) for n in inside) or "TYPE_CHECKING" in path.read_text(
            "utf-8"
        ):
            hidden.append(path)
    assert _names(hidden) == []


@pytest.mark.parametrize("door", ["miniprogram_api", "workers"])
def test_every_folder_of_a_door_is_a_capability_of_the_backend(door: str) -> None:
    folders = {p.name for p in (ROOT / door).iterdir() if p.is_dir() and any(p.glob("*.py"))}
    known = {p.name for p in (ROOT / "backend").iterdir() if p.is_dir()} | {"wechat"}
    assert folders <= known


def test_every_capability_has_tests() -> None:
    capabilities = {p.name for p in (ROOT / "backend").iterdir() if (p / "__init__.py").exists()}
    tested = {p.name for p in (ROOT / "tests" / "backend").iterdir() if p.is_dir()}
    assert capabilities - {"migrations"} <= tested
