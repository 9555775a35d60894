"""What a bank's desk reads of its own referrals: where each stands, what it may do now, its own offers and readings.

Nothing here tells of another bank: no place in line, no number of a log that others write too, not when an owner signed
for whom, nor why he took it back. His own words are gone with his consent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from backend.access import Actor, Condition
from backend.financing import errors, outcomes, telling
from backend.financing.consent import kinds
from backend.financing.events import Kind
from backend.financing.outcomes import NEED_OVER
from backend.financing.referrals import offers
from backend.financing.states import REFERRAL as MOVES
from backend.financing.states import RUNNING, SEEING, ApplicationState, ReferralState
from backend.financing.telling import REFERRAL, REFERRED
from backend.financing.visibility import referrals_visible_to
from backend.foundation import clock, db
from backend.foundation.paging import count_column, counted, cut, decode_cursor, encode_cursor

GONE: Final = "（授权已结束，不再显示）"
READS_SHOWN: Final = 50

_ONE: Final = f"""
SELECT {REFERRAL}, r.application_id, c.kinds AS consent_kinds, c.fields AS consent_fields,
    c.sensitive_fields AS separate_fields, a.state AS application_state,
    (SELECT count(*) FROM financing_reads l WHERE l.consent_id = c.id) AS read_count
FROM {REFERRED} WHERE r.id = $1 AND
"""
_READS: Final = """
SELECT l.at, l.method, s.name AS reader, p.name AS paper
FROM financing_reads l LEFT JOIN staff s ON s.id = l.staff_id LEFT JOIN financing_evidence p ON p.id = l.evidence_id
WHERE l.consent_id = $1 ORDER BY l.id DESC LIMIT $2
"""
_LOOK_OPEN: Final = "l.asked_at IS NOT NULL AND l.outcome IS NULL"

SENTENCES: Final[Mapping[ReferralState, str]] = {
    ReferralState.ROUTED: "待受理，请在{accept_by}前受理。",
    ReferralState.ACCEPTED: "已受理，请联系企业，并在{decide_by}前作出决定。",
    ReferralState.CONTACTED: "已与企业联系，请在{decide_by}前作出决定。",
    ReferralState.DUE_DILIGENCE: "正在尽职调查，请在{decide_by}前作出决定。",
    ReferralState.APPROVED: "已授信并报价，是否接受由企业决定；放款后请登记。",
    ReferralState.REJECTED: "未通过，原因和改变结果的办法已告知企业。",
    ReferralState.DRAWING: "已登记放款，待企业确认；{confirm_by}前企业没有否认的计为已放款。",
    ReferralState.DRAWN: "已放款。",
    ReferralState.RENEWED: "已续贷。",
    ReferralState.GIVEN_UP: "企业已放弃，资料不能再查看。",
    ReferralState.UNKNOWN: "未在期限内响应，已告知主管部门；授权仍有效、企业仍在办理时可以补办受理。",
}
_CONTESTED: Final[Mapping[ReferralState, str]] = {
    ReferralState.APPROVED: "企业否认过登记的放款；报价仍由企业决定，确已放款的请与企业核对后再登记。",
    ReferralState.DRAWING: ("企业否认后再次登记放款，须企业确认；{confirm_by}前没有确认的不计为已放款，退回已授信。"),
}
_DELETE: Final = "企业资料不能再查看；已取得的请停止使用并删除，法律、行政法规另有规定的除外。"
AGREE_FIRST: Final = "已授信，新的报价比原报价差，待企业确认差别；确认之后放款、登记。"
REVOKED: Final = f"授权已撤回或终止，{_DELETE}"
"""By its owner, or because nobody stands for it any more: which it was need not be known to delete."""
OVER: Final = f"{NEED_OVER}，授权随之终止，{_DELETE}"
EXPIRED: Final = "授权已到期，企业资料不能再查看；如仍需要请由企业重新授权。"
_ENDS: Final = {"revoked": REVOKED, "need_over": OVER, "expired": EXPIRED}
LOOK: Final = "企业要求二次对接，请在{bank_by}前答复。"
LOOK_LATE: Final = "二次对接应在{bank_by}前答复，已逾期，资料不能再查看，主管部门已知晓；仍请答复。"


@dataclass(frozen=True, slots=True)
class Sought:
    """Which referrals a desk looks for."""

    states: tuple[str, ...] = ()
    is_second_look: bool = False


async def listed(actor: Actor, sought: Sought, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of the referrals of a partner's desk, the latest first: no name, no number of an enterprise."""
    wanted = referrals_visible_to(actor)
    if sought.states:
        wanted &= Condition("r.state = ANY ({}::text[])", ([*sought.states],))
    if sought.is_second_look:
        wanted &= Condition(_LOOK_OPEN)
    after = decode_cursor(cursor, datetime, UUID)
    count = count_column(f"{REFERRED} WHERE {wanted.render()}", cursor)
    if after is not None:
        wanted &= Condition("(r.routed_at, r.id) < ({}::timestamptz, {}::uuid)", after)
    order = "ORDER BY r.routed_at DESC, r.id DESC"
    sql = f"SELECT {REFERRAL}{count} FROM {REFERRED} WHERE {wanted.render()} {order} LIMIT {limit + 1}"
    rows = await db.fetch(sql, *wanted.params)
    page, following = cut(rows, limit, lambda row: encode_cursor(row["routed_at"], row["id"]))
    return {"items": [_told(row) for row in page], "next": following, **counted(rows, cursor)}


async def referral(actor: Actor, referral_id: UUID) -> dict[str, Any]:
    """Return one referral with its own log; what the enterprise consented to is read by `reading.read`, and logged."""
    visible = referrals_visible_to(actor)
    row = await db.fetch_one(f"{_ONE} {visible.render(2)}", referral_id, *visible.params)
    if row is None:
        raise errors.ReferralUnknown
    extra = ("application_id", "application_state", "consent_kinds", "consent_fields", "separate_fields", "read_count")
    told = {name: value for name, value in _told(row).items() if name not in extra}
    made = await offers.editions(referral_id)
    return {
        **told,
        "may": list(_may(row)),
        "consent": _consent(row),
        "reads": [dict(one) for one in await db.fetch(_READS, row["consent_id"], READS_SHOWN)],
        "read_count": row["read_count"],
        "offers": made,
        "rests_on_unverified_lpr": await offers.rest_on_unverified(made),
        "events": [_event(seq, one, row) for seq, one in enumerate(await _log(row), start=1)],
    }


async def _log(row: Record) -> list[dict[str, Any]]:
    """Return what happened since the bank's turn came: when its owner signed tells how many were asked before it."""
    told = await telling.log(row["application_id"], row["id"])
    return [one for one in told if one["kind"] != Kind.CONSENTED]


def _event(seq: int, one: Mapping[str, Any], row: Record) -> dict[str, Any]:
    """Tell an event under a number of its own: the log's numbers count what goes on with others.

    Another bank's refusal may have brought it its turn and another's loan ended its consent: by whom is not told.
    """
    told = {**one, "seq": seq}
    if one["kind"] in (Kind.ROUTED, Kind.REVOKED, Kind.CONSENT_ENDED, Kind.DRAWING_DROPPED):
        told |= {"by": "system", "body": ""}
    elif _ended(row) is not None and one["by"] == "owner" and one["body"]:
        told["body"] = GONE
    return told


def _ended(row: Record) -> str | None:
    """Say how the consent ended, None while it holds; one that has run out is made way for later, and not revoked."""
    if row["consent_until"] <= (row["revoked_at"] or clock.now()):
        return "expired"
    if row["revoked_at"] is not None:
        return "need_over" if row["ended_with_need"] else "revoked"
    return None


def _is_look_open(row: Record) -> bool:
    return row["look_asked_at"] is not None and row["look_outcome"] is None


def _is_looking(row: Record) -> bool:
    return _is_look_open(row) and row["look_bank_by"] > clock.now()


def _told(row: Record) -> dict[str, Any]:
    """Tell a referral to its bank, but not whom else its owner asked before: that is between him and them."""
    words = {"state_word": _word(row), "sentence": _sentence(row)}
    told = {**telling.referral_told(row), "position": None, **words}
    if row["revoked_at"] is not None:
        told["end_reason"] = ""
    if told["second_look"] is not None and _ended(row) is not None:
        told["second_look"] = {**told["second_look"], "words": GONE}
    return told


def _word(row: Record) -> str:
    return outcomes.bank_word(ReferralState(row["state"]), row["end_reason"], is_need_over=bool(row["ended_with_need"]))


def _sentence(row: Record) -> str:
    state, ended = ReferralState(row["state"]), _ended(row)
    is_over = state in (ReferralState.DRAWING, ReferralState.DRAWN, ReferralState.RENEWED)
    if ended is not None and not is_over:
        return _ENDS[ended]
    look = LOOK if _is_looking(row) else LOOK_LATE
    otherwise = outcomes.of(state, row["end_reason"])
    usual = _CONTESTED.get(state) if row["contested_at"] is not None else None
    if row["waits_for_owner"]:
        usual = AGREE_FIRST
    if otherwise and otherwise.bank_sentence:
        usual = otherwise.bank_sentence
    sentence = look if _is_look_open(row) else usual or SENTENCES[state]
    days = {name: row[name] for name in ("accept_by", "decide_by", "confirm_by")} | {"bank_by": row["look_bank_by"]}
    return sentence.format(
        **{name: at and f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" for name, at in days.items()}
    )


def _may(row: Record) -> Iterator[str]:
    """Say what the bank can do with a referral as it stands; whether a place is free only the act itself tells."""
    state = ReferralState(row["state"])
    if _ended(row) is not None:
        return
    is_look_open = _is_look_open(row)
    if state in SEEING or _is_looking(row):
        yield "read"
    if state is ReferralState.UNKNOWN and row["application_state"] not in _GOES_ON:
        return
    for act, target in _ACTS.items():
        if act == "draw" and row["waits_for_owner"]:
            continue
        if MOVES.allows(state, target) and (state, target) not in _NOT_BY_OFFER:
            yield act
    if state is ReferralState.APPROVED:
        yield "offer"
    if state in (*RUNNING, ReferralState.APPROVED):
        yield "give_up"
    if is_look_open:
        yield "answer_again"


_ACTS: Final = {
    "accept": ReferralState.ACCEPTED,
    "contact": ReferralState.CONTACTED,
    "investigate": ReferralState.DUE_DILIGENCE,
    "offer": ReferralState.APPROVED,
    "refuse": ReferralState.REJECTED,
    "draw": ReferralState.DRAWING,
}
_NOT_BY_OFFER: Final = frozenset(
    {(ReferralState.REJECTED, ReferralState.APPROVED), (ReferralState.DRAWING, ReferralState.APPROVED)}
)
"""What only the answer to a second look does, and only an owner."""

_GOES_ON: Final = (ApplicationState.OPEN, ApplicationState.CHOSEN)


def _consent(row: Record) -> dict[str, Any]:
    """Tell what may be read, by the names of the fields alone: what they hold is read, and logged."""
    separate = set(row["separate_fields"])
    allowed = [*row["consent_fields"], *row["separate_fields"]]
    return {
        "kinds": [kinds.KINDS[one].title for one in row["consent_kinds"] if one in kinds.KINDS],
        "fields": [{"field": one, "title": kinds.title(one), "is_separate": one in separate} for one in allowed],
        "expires_at": row["consent_until"],
        "ended": _ended(row),
    }
