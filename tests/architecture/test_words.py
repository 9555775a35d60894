"""Whatever the console shows has words: every act that is written down stands in the trail's dictionary."""

import ast
from collections.abc import Iterator
from pathlib import Path

from backend.audit.words import ACTIONS, FIELDS, SUBJECTS
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import db
from backend.runtime import Runtime
from tests.architecture.test_schema import _owners

ROOT = Path(__file__).parents[2]
WRITERS = {"record", "Entry", "move", "_entries", "_record", "_write_receipt"}
# Acts whose names are put together: by the move of a broadcast, the outcome of a review, an operator's command.
FAMILIES = ("broadcasts.", "identity.review_", "notifications.")


def _written() -> Iterator[str]:
    for path in (ROOT / "backend").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and _name(call.func) in WRITERS:
                yield from (text for argument in call.args for text in _texts(argument) if _is_act(text))


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _texts(argument: ast.expr) -> Iterator[str]:
    for node in ast.walk(argument):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_act(text: str) -> bool:
    return text.count(".") == 1 and text.islower() and text.replace(".", "").replace("_", "").isalpha()


def test_every_act_has_its_words() -> None:
    written = {text for text in _written() if text not in FAMILIES}
    assert len(written) > 50
    assert written - set(ACTIONS) == set(), "say in backend/audit/actions.json what it is"


def test_no_words_wait_for_an_act_that_nobody_does() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "backend").rglob("*.py"))
    lonely = [act for act in ACTIONS if f'"{act}"' not in source and not act.startswith(FAMILIES)]
    assert lonely == []


def test_every_subject_is_a_table(database: str) -> None:
    assert set(SUBJECTS) <= set(_owners())


def _named() -> Iterator[str]:
    """The names of fields and of what is told besides, where an entry is written with them."""
    for path in (ROOT / "backend").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) not in {"audit.record", "record"}:
                continue
            told = {one.arg: one.value for one in call.keywords}
            if isinstance(told.get("fields"), ast.Tuple):
                yield from _texts(told["fields"])
            if isinstance(detail := told.get("detail"), ast.Dict):
                yield from (key.value for key in detail.keys if isinstance(key, ast.Constant))


def test_every_field_that_an_entry_names_has_its_word() -> None:
    named = set(_named())
    assert len(named) > 15
    assert named - set(FIELDS) - set(CATALOGUE) == set(), "say in backend/audit/fields.json what it is"


async def test_every_column_that_moves_with_a_state_has_its_word(running: Runtime) -> None:
    """Policies, broadcasts and cases write down whatever columns changed."""
    assert running
    tables = "('policy_versions', 'broadcasts', 'cases')"
    sql = f"SELECT column_name FROM information_schema.columns WHERE table_name IN {tables}"
    columns = {row["column_name"] for row in await db.fetch(sql)}
    assert columns - set(FIELDS) == {"id"}, "say in backend/audit/fields.json what it is"
