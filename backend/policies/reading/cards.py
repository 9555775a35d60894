"""SQL for how a policy stands in a list: its stored card, what today makes of its dates, whether the reader keeps it.

All of it is over `policy_versions v`; `v.card` is JSON without its last bracket, which whoever builds an item puts.
"""

from typing import Final

from backend.policies.reading.reasons import Answer

CLOSING_DAYS: Final = 14

LABELS: Final = f"ARRAY[{', '.join(repr(one.label) for one in Answer)}]"

_IS_OVER: Final = "(v.state <> 'published' OR v.last_on < {day})"

PHASE: Final = f"""CASE
    WHEN {_IS_OVER} THEN 'ended' WHEN v.opens_on > {{day}} THEN 'upcoming'
    WHEN v.last_on <= {{day}} + {CLOSING_DAYS} THEN 'closing' ELSE 'open' END"""
"""`upcoming` before there is anything to apply for, `closing` in its last two weeks, `ended`, else `open`."""

NOTICE: Final = f"""CASE
    WHEN v.state = 'withdrawn' THEN '已撤回' WHEN v.last_on < {{day}} THEN v.last_on || '已截止'
    WHEN {_IS_OVER} THEN '已停止执行' WHEN v.opens_on > {{day}} THEN v.opens_on || '起可申报'
    WHEN v.last_on <= {{day}} + {CLOSING_DAYS} THEN v.last_on || '截止' END"""
"""What an owner should know of the dates, in a few words; NULL while there is nothing."""

TIMED: Final = f"""',"phase":"' || ({PHASE}) || '","notice":' || coalesce('"' || ({NOTICE}) || '"', 'null')"""
"""Both as a piece of JSON, with a comma before it."""

IS_FAVOURITE: Final = "(v.policy_id = ANY({favourites}))"
_FAVOURITES: Final = "ARRAY(SELECT kept.policy_id FROM policy_favourites kept WHERE kept.person_id = {person})"


def favourites(person: str) -> str:
    """Return SQL for the policies that a person keeps: once a statement, not once a row."""
    return _FAVOURITES.format(person=person)


def item(*, day: str, favourites: str | None = None, more: str = "") -> str:
    """Return SQL for an item's JSON as text; `more` are further pieces, each with a comma of its own before it."""
    kept = f""" || ',"favourite":' || {IS_FAVOURITE.format(favourites=favourites)}""" if favourites else ""
    return f"""v.card || {TIMED.format(day=day)}{kept}{f" || {more}" if more else ""} || '}}'"""
