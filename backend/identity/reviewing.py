"""What staff read of claims and objections: the list, one of them, the licence photo by a link that is noted."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend import audit, files, runtime
from backend.access import EVERYTHING, SYSTEM, Actor, Condition
from backend.enterprises import bound, divisions
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.models import BindingRole
from backend.foundation import db
from backend.foundation.errors import NotFound
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor
from backend.foundation.secrets import mask_phone
from backend.identity.messages import ROLES
from backend.identity.queries import PERMISSION, reviews_visible_to

KIND_WORDS: Final = {"claim": "绑定申请", "objection": "对绑定的异议"}
STATE_WORDS: Final = {"pending": "待审核", "approved": "已通过", "refused": "未通过", "withdrawn": "已撤回"}

_FROM: Final = "binding_reviews r LEFT JOIN enterprises e ON e.uscc = r.uscc"
_COLUMNS: Final = """
r.id, r.kind, r.state, r.uscc, r.role, r.representative_sealed, r.licence_file_id, r.binding_id, r.reason,
r.created_at, r.decided_at, r.decided_by, r.person_id, p.phone_sealed, e.id AS enterprise_id, e.name AS enterprise,
e.district, e.status AS enterprise_status, e.entity_type, e.founded_on, e.address,
e.representative_sealed AS registered_sealed, e.phone_sealed AS registered_phone_sealed
"""
_MORE: Final = """
, p.phone_verified_at IS NOT NULL AS holds_phone,
p.phone_verified_at IS NULL AND b.rests_on_contact IS TRUE AND b.state = 'pending' AS waits_for_phone,
o.id AS objector_id, o.phone_sealed AS objector_sealed, b.decided_by AS binding_decided_by, b.state AS binding_state,
b.basis AS binding_basis, b.created_at AS bound_at, f.name AS licence_name, f.media_type AS licence_type,
(SELECT count(*) FROM bindings m WHERE m.enterprise_id = e.id AND m.role = 'manager'
 AND m.state IN ('active', 'read_only'))::int AS managers,
EXISTS (SELECT FROM bindings m WHERE m.enterprise_id = e.id AND m.role = 'representative'
        AND m.state IN ('active', 'read_only')) AS has_representative
"""
_PERSON: Final = "JOIN persons p ON p.id = r.person_id"
_DETAIL: Final = f"""
SELECT {_COLUMNS}{_MORE} FROM {_FROM} {_PERSON} LEFT JOIN persons o ON o.id = r.objector_id
LEFT JOIN bindings b ON b.id = r.binding_id LEFT JOIN files f ON f.id = r.licence_file_id AND f.state = 'stored'
WHERE r.id = $1 AND {{}}
"""
_SHOWN: Final = (
    "id", "kind", "state", "uscc", "role", "binding_id", "reason", "created_at", "decided_at", "decided_by",
    "enterprise_id", "enterprise",
)  # fmt: skip
_ALSO: Final = ("enterprise_status", "founded_on", "address", "binding_state", "binding_basis", "bound_at", "managers",
                "has_representative", "licence_name", "licence_type")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reviews to list; all that is given must hold. `text` begins a code or is part of a registered name."""

    state: str | None = "pending"
    kind: str | None = None
    role: str | None = None
    text: str | None = None

    def condition(self) -> Condition:
        found = EVERYTHING
        for column, value in (("r.state", self.state), ("r.kind", self.kind), ("r.role", self.role)):
            found = found & Condition(f"{column} = {{}}::text", (value,)) if value else found
        if self.text:
            plain = self.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
            code = Condition("r.uscc LIKE {}::text", (f"{plain.upper()}%",))
            found = found & (code | Condition("e.name LIKE {}::text", (f"%{plain}%",)))
        return found


async def review_list(
    actor: Actor, wanted: Wanted | None = None, *, state: str = "pending", cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return one page of reviews with their count: what waits, the longest first; else the newest first.

    Who judges sees the name that was written and the registry's.
    """
    wanted = wanted or Wanted(state)
    after = decode_cursor(cursor, UUID)
    condition = reviews_visible_to(actor) & wanted.condition()
    count = count_column(f"{_FROM} WHERE {condition.render(2)}", cursor)
    is_queue = wanted.state == "pending"
    if after:
        condition = condition & Condition("r.id > {}::uuid" if is_queue else "r.id < {}::uuid", after)
    rows = await db.fetch(
        f"SELECT {_COLUMNS}{count} FROM {_FROM} {_PERSON} WHERE {condition.render(2)} "
        f"ORDER BY r.id {'' if is_queue else 'DESC'} LIMIT $1",
        limit + 1,
        *condition.params,
    )
    page, following = cut(rows, limit, lambda row: encode_cursor(row["id"]))
    return {"items": [_review(row) for row in page], "next": following, **counted(rows, cursor)}


async def review(actor: Actor, review_id: UUID) -> dict[str, Any]:
    """Return one review with what there is to compare, and what this actor may do about it; raises NotFound."""
    row = await _one(actor, review_id)
    return {
        **_review(row),
        **{name: row[name] for name in _ALSO},
        **_words(row),
        "phone_is_registered": _is_registered(row),
        "waits_for_phone": row["waits_for_phone"],
        "objector_phone": _phone(row["objector_sealed"], row["objector_id"]),
        "may": _may(actor, row),
    }


def _words(row: Record) -> dict[str, str | None]:
    """What codes of the enterprise and of the binding are called."""
    return {
        "enterprise_status_word": CATALOGUE["status"].choices.get(row["enterprise_status"] or ""),
        "entity_type_word": CATALOGUE["entity_type"].choices.get(row["entity_type"] or ""),
        "district_name": divisions.label(row["district"]) if row["district"] else None,
        "binding_state_word": bound.STATE_WORDS.get(row["binding_state"]),
        "binding_basis_word": bound.BASIS_WORDS.get(row["binding_basis"] or ""),
    }


def _is_registered(row: Record) -> bool | None:
    """Whether the person's verified phone is the registered one; unknown while either is missing."""
    theirs, known = row["phone_sealed"] if row["holds_phone"] else None, row["registered_phone_sealed"]
    if theirs is None or known is None:
        return None
    vault = runtime.current().vault
    registered = vault.decrypt(known, table="enterprises", column="phone_sealed", row=row["enterprise_id"])
    return vault.decrypt(theirs, table="persons", column="phone_sealed", row=row["person_id"]) == registered


def _may(actor: Actor, row: Record) -> list[str]:
    """Nobody judges an objection against his own approval; what is not known or not held any more waits."""
    acts = ["open_licence"] if row["licence_name"] else []
    is_own = row["kind"] == "objection" and actor.id is not None and row["binding_decided_by"] == actor.id
    if row["state"] != "pending" or is_own or not actor.can(PERMISSION):
        return acts
    is_known = not row["waits_for_phone"] if row["kind"] == "objection" else row["enterprise_id"] is not None
    return [*acts, *(["approve"] if is_known else []), "refuse"]


async def _one(actor: Actor, review_id: UUID) -> Record:
    actor.require(PERMISSION)
    visible = reviews_visible_to(actor)
    row = await db.fetch_one(_DETAIL.format(visible.render(2)), review_id, *visible.params)
    if row is None:
        raise NotFound
    return row


async def open_licence(actor: Actor, review_id: UUID) -> files.StoredFile:
    """Return the licence photo of a review, for whoever judges it, and note who looked at it; raises NotFound."""
    row = await _one(actor, review_id)
    if row["licence_name"] is None:
        raise NotFound
    file = await files.get(SYSTEM, row["licence_file_id"])
    async with db.transaction():
        await audit.record(actor, "identity.licence_opened", table="binding_reviews", row_id=review_id)
    return file


def _review(row: Record) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _SHOWN},
        "kind_word": KIND_WORDS[row["kind"]],
        "state_word": STATE_WORDS[row["state"]],
        "role_word": ROLES[BindingRole(row["role"])],
        "has_licence": row["licence_file_id"] is not None,
        "representative_written": _opened(row["representative_sealed"], "binding_reviews", row["id"]),
        "representative_registered": _opened(row["registered_sealed"], "enterprises", row["enterprise_id"]),
        "phone": _phone(row["phone_sealed"], row["person_id"]),
    }


def _phone(sealed: bytes | None, person_id: UUID | None) -> str | None:
    if sealed is None:
        return None
    return mask_phone(runtime.current().vault.decrypt(sealed, table="persons", column="phone_sealed", row=person_id))


def _opened(sealed: bytes | None, table: str, row: UUID | None) -> str | None:
    if sealed is None:
        return None
    return runtime.current().vault.decrypt(sealed, table=table, column="representative_sealed", row=row)
