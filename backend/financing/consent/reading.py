"""A bank reads what it was consented to: field by field, each time logged for the owner, never behind a revocation.

The read holds a share of the consent's row until its log line is committed; a revocation waits for it, and who comes
later finds the consent revoked. So no read succeeds after the revocation has committed, and each one that did before is
in the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record

from backend import files, runtime
from backend.access import SYSTEM, Actor
from backend.eligibility import facts_from_row
from backend.eligibility.explain import own_value
from backend.enterprises.catalogue import CATALOGUE
from backend.enterprises.rules import column_list
from backend.files import StoredFile
from backend.financing import errors, evidence
from backend.financing.banks.institutions import Desk, desk_of
from backend.financing.catalogue.matching import plain
from backend.financing.codes import COLLATERAL, PURPOSES, STANDARDS
from backend.financing.consent import kinds
from backend.financing.costs.terms import REPAYMENTS
from backend.financing.states import SEEING
from backend.financing.visibility import referrals_visible_to
from backend.foundation import clock, db
from backend.foundation.errors import NotFound
from backend.foundation.ids import new_id

_CONSENT: Final = """
SELECT c.id, c.enterprise_id, c.fields, c.sensitive_fields, c.method, c.revoked_at, c.expires_at, c.person_id, r.state,
    r.id AS referral_id, r.application_id, r.routed_at, r.institution_id,
    EXISTS (SELECT FROM financing_second_looks l WHERE l.referral_id = r.id AND l.outcome IS NULL
        AND l.bank_by > $2) AS is_second_look
FROM financing_referrals r JOIN financing_applications a ON a.id = r.application_id
JOIN financing_consents c ON c.id = r.consent_id
WHERE r.id = $1 AND {visible} FOR SHARE OF c
"""
# Read after the share is held: what a concurrent end of the signer's binding has committed is seen.
_SIGNER: Final = """
SELECT EXISTS (SELECT FROM bindings WHERE person_id = $1 AND enterprise_id = $2 AND state = 'active'
    AND role IN ('representative', 'manager') AND (until IS NULL OR until > $3))
"""
_ASSESSED: Final = """
SELECT EXISTS (SELECT FROM financing_assessments WHERE institution_id = $1 AND valid_until >= $2::date)
"""
_LOG: Final = """
INSERT INTO financing_reads (id, consent_id, referral_id, enterprise_id, institution_id, desk_id, staff_id, method,
    fields, at, read_from, evidence_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_NEED: Final = """
SELECT amount_wan, months, purpose, collateral, repayment, standards::text AS standards FROM financing_applications
WHERE id = $1
"""
_PAPER: Final = """
SELECT file_id FROM financing_evidence WHERE id = $1 AND application_id = $2 AND removed_at IS NULL
"""
_PHONE: Final = "SELECT phone_sealed FROM persons WHERE id = $1"
NOT_KNOWN: Final = "未掌握"


async def read(referral_id: UUID, *, actor: Actor, read_from: str = "", method: str = "desk") -> dict[str, Any]:
    """Return the fields a bank may read of one referral, and log that it did.

    `evidence` lists the papers that `open_paper` opens one by one. Raises ReferralUnknown for another desk's,
    ConsentRevoked, ConsentExpired, SignerGone, NotRouted, NotByInterface, AssessmentLapsed.
    """
    async with db.transaction():
        desk, consent = await _begun(referral_id, actor, method)
        wanted = [*consent["fields"], *consent["sensitive_fields"]]
        papers = await evidence.of(consent["application_id"]) if kinds.EVIDENCE_FILES in wanted else []
        look = Look(desk, actor, method, read_from)
        row_id, moment = await _noted(consent, look, wanted)
        return {
            "read_id": row_id,
            "read_at": moment,
            "expires_at": consent["expires_at"],
            "fields": await _fields(consent, papers),
            "evidence": [{name: value for name, value in one.items() if name != "file_id"} for one in papers],
        }


async def open_paper(
    referral_id: UUID, evidence_id: UUID, *, actor: Actor, read_from: str = "", method: str = "desk"
) -> StoredFile:
    """Return one paper under a consent that names them, and log which it was; there is no link that outlives this.

    Raises as `read` does, NotConsented where the consent names none, EvidenceUnknown for one taken back.
    """
    async with db.transaction():
        desk, consent = await _begun(referral_id, actor, method)
        if kinds.EVIDENCE_FILES not in consent["sensitive_fields"]:
            raise errors.NotConsented
        file_id = await db.fetch_value(_PAPER, evidence_id, consent["application_id"])
        try:
            file = await files.get(SYSTEM, file_id)
        except NotFound:
            raise errors.EvidenceUnknown from None
        await _noted(consent, Look(desk, actor, method, read_from), [kinds.EVIDENCE_FILES], evidence_id)
        return file


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks, from which desk and where, and how."""

    desk: Desk
    actor: Actor
    method: str
    read_from: str


async def _begun(referral_id: UUID, actor: Actor, method: str) -> tuple[Desk, Record]:
    """Hold a share of the consent for the caller's transaction, once it is found to hold for this way of reading."""
    desk = await desk_of(actor)
    visible = referrals_visible_to(actor)
    sql = _CONSENT.format(visible=visible.render(3))
    consent = await db.fetch_one(sql, referral_id, clock.now(), *visible.params)
    if consent is None:
        raise errors.ReferralUnknown
    await _check(consent)
    if method == kinds.INTERFACE and consent["method"] != kinds.INTERFACE:
        raise errors.NotByInterface
    return desk, consent


async def _noted(
    consent: Record, look: Look, fields: Sequence[str], evidence_id: UUID | None = None
) -> tuple[UUID, datetime]:
    row_id, moment = new_id(), clock.now()
    bank = (look.desk.institution_id, look.desk.id, look.actor.id)
    given = (consent["id"], consent["referral_id"], consent["enterprise_id"], *bank, look.method, list(fields))
    await db.execute(_LOG, row_id, *given, moment, look.read_from[:300], evidence_id)
    return row_id, moment


async def _check(consent: Record) -> None:
    if consent["revoked_at"] is not None:
        raise errors.ConsentRevoked
    if consent["expires_at"] <= clock.now():
        raise errors.ConsentExpired
    if consent["state"] not in SEEING and not consent["is_second_look"]:
        raise errors.NotRouted(sentence="该对接已结束，不能再查看企业资料。")
    if not await db.fetch_value(_SIGNER, consent["person_id"], consent["enterprise_id"], clock.now()):
        raise errors.SignerGone
    if not await db.fetch_value(_ASSESSED, consent["institution_id"], clock.today()):
        raise errors.AssessmentLapsed


async def _fields(consent: Record, papers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    wanted = [*consent["fields"], *consent["sensitive_fields"]]
    values = {**await _of_need(consent), **await _of_enterprise(consent, wanted), **await _of_person(consent, wanted)}
    values[kinds.EVIDENCE_FILES] = {"value": f"{len(papers)} 份", "source": "企业上传"}
    return [
        {"field": field, "title": kinds.title(field), "source": None, "on": None, "value": NOT_KNOWN}
        | values.get(field, {})
        for field in wanted
    ]


async def _of_need(consent: Record) -> dict[str, dict[str, Any]]:
    row = await db.fetch_one(_NEED, consent["application_id"])
    if row is None:
        raise errors.ReferralUnknown
    told = {
        "amount_wan": plain(row["amount_wan"]),
        "months": str(row["months"]),
        "purpose": PURPOSES[row["purpose"]],
        "collateral": "、".join(COLLATERAL[one] for one in row["collateral"]),
        "repayment": REPAYMENTS[row["repayment"]] if row["repayment"] else "不限",
        "standards": standards_told(orjson.loads(row["standards"])),
    }
    return {field: {"value": value, "source": "企业填报"} for field, value in told.items()}


def standards_told(standards: Mapping[str, Any]) -> str:
    """Return the answers to the five standards in one line each."""
    lines = []
    for key, title in STANDARDS.items():
        told = standards.get(key, {"is_met": None, "evidence": ""})
        word = {True: "符合", False: "不符合", None: "不确定"}[told["is_met"]]
        lines.append(f"{title}：{word}" + (f"（{told['evidence']}）" if told["evidence"] else ""))
    return "\n".join(lines)


async def _of_enterprise(consent: Record, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    facts = tuple(CATALOGUE[field] for field in wanted if field in CATALOGUE)
    sql = f"SELECT e.name, e.uscc, e.address{column_list(facts, 'e')} FROM enterprises e WHERE e.id = $1"
    row = await db.fetch_one(sql, consent["enterprise_id"])
    if row is None:
        raise errors.ReferralUnknown
    told: dict[str, dict[str, Any]] = {
        field: {"value": row[field] or NOT_KNOWN, "source": "登记机关"} for field in ("name", "uscc", "address")
    }
    for key, value in facts_from_row(dict(row), facts).items():
        if value is not None:
            own = own_value(CATALOGUE[key], value)
            told[key] = {"value": own.text, "source": own.source, "on": own.on}
    return told


async def _of_person(consent: Record, wanted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Open the name and phone that stand under the consent of their own, and nothing where it does not name them."""
    told, vault = {}, runtime.current().vault
    if "representative" in wanted:
        sql = "SELECT representative_sealed FROM enterprises WHERE id = $1"
        sealed = await db.fetch_value(sql, consent["enterprise_id"])
        where = {"table": "enterprises", "column": "representative_sealed", "row": consent["enterprise_id"]}
        told["representative"] = {
            "value": vault.decrypt(sealed, **where) if sealed else NOT_KNOWN,
            "source": "登记机关",
        }
    if "phone" in wanted:
        sealed = await db.fetch_value(_PHONE, consent["person_id"])
        where = {"table": "persons", "column": "phone_sealed", "row": consent["person_id"]}
        told["phone"] = {"value": vault.decrypt(sealed, **where) if sealed else NOT_KNOWN, "source": "签署人"}
    return told
