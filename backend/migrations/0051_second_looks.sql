-- A refusal looked at once more, on its owner's word: once a referral. While it is open the bank may read again what it
-- was consented to, and counts among those that look. `case_id`: the case by which the bureau mediates.
CREATE TABLE financing_second_looks (
    referral_id uuid PRIMARY KEY REFERENCES financing_referrals ON DELETE CASCADE,
    words text NOT NULL CHECK (length(words) BETWEEN 1 AND 1000),
    asked_by uuid,
    asked_at timestamptz NOT NULL,
    case_id uuid NOT NULL,
    contact_by timestamptz NOT NULL,
    bank_by timestamptz NOT NULL,
    mediator_id uuid REFERENCES staff ON DELETE RESTRICT,
    contacted_at timestamptz,
    outcome text CHECK (outcome IN ('overturned', 'upheld', 'ended')),
    answer text NOT NULL DEFAULT '' CHECK (length(answer) <= 1000),
    answered_at timestamptz,
    late_told_at timestamptz,
    CHECK ((outcome IS NULL) = (answered_at IS NULL)),
    CHECK ((mediator_id IS NULL) = (contacted_at IS NULL))
);
CREATE INDEX financing_second_looks_open ON financing_second_looks (bank_by) WHERE outcome IS NULL;
CREATE INDEX financing_second_looks_contact ON financing_second_looks (contact_by) WHERE contacted_at IS NULL AND outcome IS NULL;

INSERT INTO financing_terms (key, value, least, most, words) VALUES
    ('second_look_days', 30, 5, 90, '未通过后多少天内可以要求二次对接'),
    ('second_look_hours', 48, 24, 120, '二次对接的联系期限（小时）'),
    ('second_look_answer_days', 5, 1, 15, '银行答复二次对接的期限（工作日）');
