"""What financing keeps about people: who asked and who signed. Consents, reads and their ends are proofs and stay."""

from typing import Any, Final
from uuid import UUID

from backend.access import SYSTEM
from backend.financing.consent import consenting, ending
from backend.financing.models import Application, Referral
from backend.financing.outcomes import OUTCOMES, SIGNER_ERASED
from backend.foundation import db
from backend.foundation.personal import Basis, Declaration, PersonalData

_GONE: Final = "（本人已注销，内容已删除）"
_ASKED: Final = """
SELECT number, state, amount_wan::text AS amount_wan, months, purpose, collateral, repayment,
    standards::text AS standards, created_at, submitted_at, ended_at
FROM financing_applications WHERE person_id = $1 ORDER BY id
"""
_SIGNED: Final = """
SELECT c.recipient, c.contact, c.purpose, c.kinds, c.fields, c.sensitive_fields, c.text_version, c.sensitive_version,
    c.signed_as, c.signed_at, c.signed_from, c.expires_at, c.revoked_at,
    (SELECT count(*) FROM financing_reads l WHERE l.consent_id = c.id) AS reads
FROM financing_consents c WHERE c.person_id = $1 ORDER BY c.id
"""
_UPLOADED: Final = """
SELECT standard, name, media_type, size, added_at, removed_at FROM financing_evidence WHERE person_id = $1 ORDER BY id
"""
_HIS: Final = """
SELECT DISTINCT application_id AS id FROM financing_consents WHERE person_id = $1 AND revoked_at IS NULL ORDER BY 1
"""
_SIGNED_IN: Final = """
SELECT r.id FROM financing_referrals r JOIN financing_consents c ON c.id = r.consent_id
WHERE r.application_id = $1 AND c.person_id = $2 AND c.revoked_at IS NULL ORDER BY r.position
"""
_LOCK: Final = "SELECT FROM financing_applications WHERE id = $1 FOR NO KEY UPDATE"
# Before the log forgets who said it. What counts as an outcome is nobody's words.
_ERASE_REASONS: Final = """
UPDATE financing_referrals r SET end_reason = $2 FROM financing_events e
WHERE e.referral_id = r.id AND e.actor_kind = 'owner' AND e.actor_id = $1 AND e.kind IN ('revoked', 'consent_ended')
  AND r.end_reason = e.body AND e.body <> ALL ($3::text[])
"""
_ERASE_WITHDRAWN: Final = """
UPDATE financing_applications a SET end_reason = $2 FROM financing_events e
WHERE e.application_id = a.id AND e.actor_kind = 'owner' AND e.actor_id = $1 AND e.kind = 'withdrawn'
  AND a.end_reason <> ''
"""
_ERASE_LOOKS: Final = "UPDATE financing_second_looks SET words = $2, asked_by = NULL WHERE asked_by = $1"
_ERASE_WORDS: Final = """
UPDATE financing_events SET body = CASE body WHEN '' THEN '' ELSE $2 END, actor_id = NULL
WHERE actor_kind = 'owner' AND actor_id = $1
"""
_ERASE_CONSENTS: Final = "UPDATE financing_consents SET person_id = NULL, signed_from = '' WHERE person_id = $1"
_ERASE_REVOKER: Final = "UPDATE financing_consents SET revoked_by = NULL WHERE revoked_by = $1"
_ERASE_PAPERS: Final = "UPDATE financing_evidence SET person_id = NULL, name = '' WHERE person_id = $1"
_ERASE_OWN: Final = "UPDATE financing_applications SET person_id = NULL WHERE person_id = $1"


async def export(person_id: UUID) -> dict[str, Any]:
    return {
        "applications": [dict(row) for row in await db.fetch(_ASKED, person_id)],
        "consents": [dict(row) for row in await db.fetch(_SIGNED, person_id)],
        "evidence": [dict(row) for row in await db.fetch(_UPLOADED, person_id)],
    }


async def erase(person_id: UUID) -> int:
    """Revoke what he signed, and take him out of it: that a consent was given, to whom and when, stays ten years."""
    for row in await db.fetch(_HIS, person_id):
        await db.execute(_LOCK, row["id"])
        for one in await db.fetch(_SIGNED_IN, row["id"], person_id):
            await ending.lapse(await Referral.get(id=one["id"]), SIGNER_ERASED, SYSTEM)
        await consenting.settle(await Application.get(id=row["id"]), SYSTEM)
    reasons = await db.execute(_ERASE_REASONS, person_id, _GONE, ["", *OUTCOMES])
    said = [await db.execute(sql, person_id, _GONE) for sql in (_ERASE_WITHDRAWN, _ERASE_LOOKS, _ERASE_WORDS)]
    signed = await db.execute(_ERASE_CONSENTS, person_id) + await db.execute(_ERASE_REVOKER, person_id)
    papers = await db.execute(_ERASE_PAPERS, person_id)
    return reasons + sum(said) + signed + papers + await db.execute(_ERASE_OWN, person_id)


PERSONAL = PersonalData(
    module="financing",
    declarations=(
        Declaration(
            table="financing_applications",
            fields=("person_id", "end_reason"),
            purpose="办理本人代企业提出的融资需求，告知进展",
            basis=Basis.CONTRACT,
            retention="保存10年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="financing_referrals",
            fields=("end_reason",),
            purpose="说明一次对接怎样结束",
            basis=Basis.CONTRACT,
            retention="随融资需求保存10年；注销账号时去除本人所写内容",
        ),
        Declaration(
            table="financing_second_looks",
            fields=("asked_by", "words"),
            purpose="告知银行和工作人员企业为什么要求二次对接",
            basis=Basis.CONTRACT,
            retention="随融资需求保存10年；注销账号时去除本人及其所写内容",
        ),
        Declaration(
            table="financing_consents",
            fields=("person_id", "revoked_by", "signed_from"),
            purpose="证明谁以何种身份授权哪家机构查看、何时撤回",
            basis=Basis.CONSENT,
            retention="保存10年；注销账号时撤回并去除本人",
        ),
        Declaration(
            table="financing_evidence",
            fields=("person_id", "name", "file_id"),
            purpose="证明五项标准自查；银行只在单独同意的授权下打开",
            basis=Basis.CONSENT,
            retention="文件在移除时、需求结束后按公布的天数或者注销账号时删除；何时提供过什么随融资需求保存10年",
        ),
        Declaration(
            table="financing_clients",
            fields=("key_sealed",),
            purpose="核验合作机构程序的请求签名，签署发给它的通知",
            basis=Basis.CONTRACT,
            retention="停用后随对接岗账号保存",
        ),
        Declaration(
            table="financing_events",
            fields=("actor_id", "body"),
            purpose="记录融资对接的经过，供双方查看",
            basis=Basis.CONTRACT,
            retention="随融资需求保存10年；注销账号时去除本人及其所写内容",
        ),
    ),
    export=export,
    erase=erase,
)
