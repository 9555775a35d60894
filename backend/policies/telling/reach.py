"""How a version would be told before it is released: to how many people, by which way, in which words."""

from typing import Any, Final
from uuid import UUID

import orjson

from backend import runtime
from backend.access import Actor
from backend.eligibility import compile_rule
from backend.enterprises import visibility
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import clock, db
from backend.notifications import Message
from backend.notifications.broadcasts import forecasting
from backend.notifications.kinds import KINDS
from backend.notifications.rendering import data
from backend.policies import messages, queries, rules
from backend.policies.editing.audience import bounded
from backend.policies.editing.timing import last_day
from backend.policies.errors import PolicyUnknown
from backend.policies.telling import recipients
from backend.policies.telling.broadcasting import KIND

_NEWEST: Final = """
SELECT v.id, v.policy_id, v.edition, v.title, v.rule, v.effective_to, v.apply_until, v.correction, v.reference_only,
       EXISTS (SELECT FROM policy_versions o WHERE o.policy_id = v.policy_id AND o.published_at IS NOT NULL
               AND o.edition < v.edition) AS is_later
FROM policy_versions v WHERE v.policy_id = $1 AND {visible} ORDER BY v.edition DESC LIMIT 1
"""
# Whoever would be found by its release (`recipients.py`), among the enterprises that the reader may see.
_PEOPLE: Final = """
    SELECT DISTINCT b.person_id FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
    WHERE {acting} AND {surely} AND {visible}"""
_SOMEBODY: Final = {"person_id": UUID(int=0), "enterprise_id": UUID(int=0), "name": "某某企业", "enterprises": 1}


async def of_policy(actor: Actor, policy_id: UUID) -> dict[str, Any]:
    """Return the coverage of the newest version if it came out today, and what people would read.

    Nobody is found for what is only for reference. Raises PolicyUnknown, RuleInvalid, PreviewTooSlow.
    """
    visible = queries.visible_to(actor)
    version = await db.fetch_one(_NEWEST.format(visible=visible.render(2)), policy_id, *visible.params)
    if version is None:
        raise PolicyUnknown
    listed, params = _listed(orjson.loads(version["rule"]), actor)
    async with bounded():
        forecast = orjson.loads(await forecasting.of_list(KIND, listed, *params))
    above = runtime.current().settings.release_above
    return {
        "edition": version["edition"],
        "forecast": forecast,
        "release_above": above,
        "needs_release": forecast["total"] > above,
        "messages": [_shown(one) for one in _written(dict(version))],
    }


def _listed(rule_json: dict[str, Any], actor: Actor) -> tuple[str, tuple[Any, ...]]:
    first = forecasting.FIRST_PARAM
    surely = compile_rule(rules.parse_stored(rule_json), CATALOGUE, clock.today(), first_param=first + 1).surely
    visible = visibility.visible_to(actor)
    params = (clock.now(), *surely.params, *visible.params)
    sql = _PEOPLE.format(
        acting=recipients.ACTING.replace("$1", f"${first}"),
        surely=surely.sql,
        visible=visible.render(first + 1 + len(surely.params)),
    )
    return sql, params


def _written(version: dict[str, Any]) -> list[Message]:
    """What is sent when it comes out; whoever was told of what it corrects hears of the correction."""
    if version["reference_only"]:
        return []
    until = last_day(version["effective_to"], version["apply_until"])
    told = [messages.matched(version, _SOMEBODY, until)]
    if version["correction"] and version["is_later"]:
        told.append(messages.corrected(version, _SOMEBODY, version["correction"]))
    return told


def _shown(message: Message) -> dict[str, Any]:
    kind = KINDS[message.kind]
    carried = {channel: data(kind, channel, message.fields) for channel in kind.channels}
    return {
        "kind": kind.key,
        "title": kind.title,
        "body": kind.body.format_map(message.fields),
        "channels": [
            {"channel": channel, "template": kind.forms[channel].template, "fields": orjson.loads(fields)}
            for channel, fields in carried.items()
            if fields
        ],
    }
