"""What happened with an enterprise, newest first: what was done, what was told, who was bound to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from backend.access import Actor
from backend.audit.words import ACTORS, action_word
from backend.enterprises import profile
from backend.enterprises.catalogue import CATALOGUE
from backend.foundation import db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

Kind = Literal["act", "facts", "binding"]
KIND_WORDS: Final[Mapping[str, str]] = {"act": "办理", "facts": "信息", "binding": "绑定"}
TELLERS: Final[Mapping[str, str]] = {**ACTORS, "import": "登记数据导入"}

# $1 the enterprise, $2 the facts that this actor may not read, $3 the kinds, all without any.
_HAPPENED: Final = """
(
    SELECT a.at, 'act' AS kind, a.action AS what, a.actor_kind AS by_kind, a.actor_id AS by, a.id::text AS mark
    FROM audit_entries a WHERE a.table_name = 'enterprises' AND a.row_id = $1
    UNION ALL
    SELECT a.at, 'binding', a.action, a.actor_kind, a.actor_id, a.id::text
    FROM audit_entries a WHERE a.table_name = 'bindings'
      AND a.row_id = ANY (ARRAY(SELECT b.id FROM bindings b WHERE b.enterprise_id = $1))
    UNION ALL
    SELECT f.recorded_at, 'facts',
           (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(f.told - $2::text[]) k),
           f.told_by_kind, f.told_by, lpad(f.id::text, 20, '0')
    FROM facts f WHERE f.enterprise_id = $1 AND f.told - $2::text[] <> '{}'
) AS h WHERE (cardinality($3::text[]) = 0 OR h.kind = ANY ($3::text[]))
"""


async def page(
    actor: Actor, enterprise_id: UUID, *, kinds: tuple[Kind, ...] = (), cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one page with its count, for who may see the enterprise; raises EnterpriseUnknown."""
    after = decode_cursor(cursor, datetime, str, str)
    await profile.wide_row(actor, enterprise_id)
    hidden = sorted(CATALOGUE.keys() - {fact.key for fact in profile.readable(actor)})
    rows = await db.fetch(
        f"SELECT h.*{count_column(_HAPPENED, cursor)} FROM {_HAPPENED}"
        " AND ($5::timestamptz IS NULL OR (h.at, h.kind, h.mark) < ($5, $6::text, $7::text))"
        " ORDER BY h.at DESC, h.kind DESC, h.mark DESC LIMIT $4",
        enterprise_id,
        hidden,
        list(kinds),
        limit + 1,
        *(after or (None, None, None)),
    )
    shown, following = cut(rows, limit, lambda row: encode_cursor(row["at"].isoformat(), row["kind"], row["mark"]))
    return {"items": [_told(row) for row in shown], "next": following, **counted(rows, cursor)}


def _told(row: Any) -> dict[str, Any]:
    return {
        "at": row["at"],
        "kind": row["kind"],
        "kind_word": KIND_WORDS[row["kind"]],
        "what": row["what"],
        "what_word": _words(row["what"]) if row["kind"] == "facts" else action_word(row["what"]),
        "by_kind": row["by_kind"],
        "by_kind_word": TELLERS.get(row["by_kind"], row["by_kind"]),
        "by": row["by"],
    }


def _words(keys: str) -> str:
    return "、".join(CATALOGUE[key].title if key in CATALOGUE else key for key in keys.split(","))
