-- Financing: what a bank notes as drawn counts once its owner has confirmed it, or has let the published days pass.

ALTER TABLE financing_referrals
    ADD COLUMN noted_at timestamptz,
    ADD COLUMN confirm_by timestamptz,
    ADD COLUMN contested_at timestamptz,
    DROP CONSTRAINT financing_referrals_state_check,
    ADD CONSTRAINT financing_referrals_state_check CHECK (state IN ('consented', 'routed', 'accepted', 'contacted',
        'due_diligence', 'approved', 'rejected', 'drawing', 'drawn', 'renewed', 'given_up', 'unknown')),
    ADD CONSTRAINT financing_referrals_drawing_check CHECK (
        state <> 'drawing' OR (drawn_on IS NOT NULL AND drawn_wan IS NOT NULL AND due_on IS NOT NULL
                               AND noted_at IS NOT NULL AND confirm_by IS NOT NULL));
CREATE INDEX financing_referrals_confirm ON financing_referrals (confirm_by) WHERE state = 'drawing';

INSERT INTO financing_terms (key, value, least, most, words) VALUES
    ('confirm_days', 5, 2, 15, '企业确认或否认银行登记的放款的期限（工作日），期满没有否认的计为已放款'),
    ('offer_days', 180, 10, 365, '报价的有效期最长多少天');
