-- Financing: papers that show the five standards, a time by which a loan is drawn, and rates that somebody has checked.

-- A paper to one of the five standards, as its owner uploaded it. A bank opens it only under a consent that names this
-- kind. When it goes its file goes, the line stays: name and digest are what a bank has read (`financing_reads`).
CREATE TABLE financing_evidence (
    id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES financing_applications ON DELETE CASCADE,
    standard text NOT NULL CHECK (standard IN ('operating', 'premises', 'need', 'credit', 'lawful_use')),
    file_id uuid NOT NULL REFERENCES files ON DELETE RESTRICT,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    added_at timestamptz NOT NULL,
    removed_at timestamptz
);
CREATE UNIQUE INDEX financing_evidence_one ON financing_evidence (application_id, file_id) WHERE removed_at IS NULL;
CREATE INDEX financing_evidence_application ON financing_evidence (application_id, id);
CREATE INDEX financing_evidence_file ON financing_evidence (file_id) WHERE removed_at IS NULL;
CREATE INDEX financing_evidence_person ON financing_evidence (person_id);

-- Which paper a bank opened; NULL: it read fields.
ALTER TABLE financing_reads ADD COLUMN evidence_id uuid;

-- Until when an approved loan is drawn; after that its outcome is unknown.
ALTER TABLE financing_referrals ADD COLUMN draw_by timestamptz;
UPDATE financing_referrals SET draw_by = decided_at + interval '60 days' WHERE state = 'approved';
CREATE INDEX financing_referrals_draw ON financing_referrals (draw_by) WHERE state = 'approved';

INSERT INTO financing_terms (key, value, least, most, words) VALUES
    ('draw_days', 60, 10, 180, '授信后多少天内应登记放款，逾期按结果未知办结'),
    ('evidence_days', 90, 30, 365, '融资需求结束后证明材料保存多少天（已放款待续贷的除外）');

-- A rate counts as checked once somebody has compared it with the announcement itself, not whoever entered it.
ALTER TABLE financing_lprs
    ADD COLUMN noted_by uuid REFERENCES staff ON DELETE RESTRICT,
    ADD COLUMN checked_against text NOT NULL DEFAULT '' CHECK (length(checked_against) <= 300),
    ADD COLUMN verified_by uuid REFERENCES staff ON DELETE RESTRICT,
    ADD COLUMN verified_at timestamptz,
    ADD CHECK ((verified_by IS NULL) = (verified_at IS NULL));
UPDATE financing_lprs SET source = '随程序录入，未附公告',
    checked_against = '与两份互不相关的公开历史表逐月一致（2026-11-23），未与公告原文核对'
WHERE source = '全国银行间同业拆借中心公告' AND effective_on <= '2025-05-20';
