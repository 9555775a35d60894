"""Whatever the console shows has words: every act that is written down stands in the trail's dictionary."""

import ast
from collections.abc import Iterator
from pathlib import Path

from backend.audit.words import ACTIONS, SUBJECTS
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
