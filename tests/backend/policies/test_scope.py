"""A clerk reads and answers about policies exactly where his scope says so, whichever way he comes."""

import ast
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from backend import policies
from backend.access import Actor
from backend.foundation import clock as clock_module
from backend.identity.errors import OutOfScope
from backend.policies.reading import asking, feed, feedback, search
from backend.policies.telling import reminders
from tests.backend.enterprises.builders import enterprise
from tests.backend.policies.people import owner, published

Way = Callable[[Actor, UUID, UUID], Awaitable[Any]]
WAYS: Final[dict[str, Way]] = {
    "feed": lambda actor, shop, _: feed.feed(actor, shop),
    "detail": feed.detail,
    "search": lambda actor, shop, _: search.search(actor, shop, "小店"),
    "question": lambda actor, shop, _: asking.next_question(actor, shop),
    "feedback": lambda actor, shop, policy: feedback.say(actor, shop, policy, feedback.Said.FITS),
    "reminder": reminders.before_it_closes,
}


def test_one_module_says_what_the_scope_is_called() -> None:
    here = Path(policies.__file__).parent
    naming = [
        path.name
        for path in here.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Constant)
        if node.value.value == "policies" and "SCOPE" in ast.unparse(node)
    ]
    assert naming == ["scope.py"]


@pytest.mark.usefixtures("running", "clock")
@pytest.mark.parametrize("way", WAYS)
async def test_a_clerk_needs_the_scope_by_whichever_way_he_comes(way: str) -> None:
    done = await published()
    shop = await enterprise(1, employees=3)
    until = clock_module.day_start(date(2030, 1, 1))
    let, other = [await owner(shop, role="clerk", scope=[scope], until=until) for scope in ("policies", "visits")]
    await WAYS[way](let, shop, done.id)
    with pytest.raises(OutOfScope):
        await WAYS[way](other, shop, done.id)
