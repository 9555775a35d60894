-- Financing: how a consent ended, what a second offer is worse in, a margin for listings, where the LPRs were read.

-- A consent that its owner took back is one thing, one that ended with his need another; that is written with its end.
ALTER TABLE financing_consents ADD COLUMN ended_with_need boolean NOT NULL DEFAULT FALSE
    CHECK (revoked_at IS NOT NULL OR NOT ended_with_need);
CREATE OR REPLACE FUNCTION financing_consents_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at
                                       OR OLD.ended_with_need <> NEW.ended_with_need)
        OR NEW.person_id IS DISTINCT FROM OLD.person_id AND NEW.person_id IS NOT NULL
        OR NEW.signed_from <> OLD.signed_from AND NEW.signed_from <> ''
        OR to_jsonb(OLD) - '{revoked_at,revoked_by,reads_before_revoke,ended_with_need,person_id,signed_from}'::text[]
            <> to_jsonb(NEW) - '{revoked_at,revoked_by,reads_before_revoke,ended_with_need,person_id,signed_from}'::text[]
    THEN
        RAISE EXCEPTION 'what was consented to stays as it was signed';
    END IF;
    RETURN NEW;
END $$;

-- No loan counts that its bank had not noted first: a process of before 0063, which counted it at once, is refused.
UPDATE financing_referrals SET noted_at = coalesce(ended_at, created_at) WHERE state IN ('drawn', 'renewed') AND noted_at IS NULL;
ALTER TABLE financing_referrals
    ADD CONSTRAINT financing_referrals_noted_check CHECK (state NOT IN ('drawn', 'renewed') OR noted_at IS NOT NULL),
    -- What a bank says of an owner who gave up stands in it whole, behind who says so.
    DROP CONSTRAINT financing_referrals_end_reason_check,
    ADD CONSTRAINT financing_referrals_end_reason_check CHECK (length(end_reason) <= 1020);

-- Which earlier edition an offer falls behind, wherein, and when its owner agreed.
ALTER TABLE financing_offers
    ADD COLUMN behind integer CHECK (behind > 0 AND behind < edition),
    ADD COLUMN differences text[] NOT NULL DEFAULT '{}',
    ADD COLUMN agreed_at timestamptz,
    ADD CHECK ((behind IS NULL) = (differences = '{}')),
    ADD CHECK (agreed_at IS NULL OR behind IS NOT NULL);

INSERT INTO financing_terms (key, value, least, most, words) VALUES
    ('sharing_margin', 2, 0, 50, '匿名展示时在最少家数之外另须多有几家：展示后有经营主体注销或迁出的，仍不少于最少家数');

-- The announcements themselves could not be opened: these are reports of their day, and the rows stay unverified.
UPDATE financing_lprs l SET source = l.source || '；当日报道（存档，2026-11-23 查阅）：' || s.url
FROM (VALUES
    ('2021-12-20', 'https://investmacro.com/2021/12/china-lowers-main-interest-rate-weeks-after-rrr-cut/'),
    ('2022-01-20', 'https://www.cnbc.com/2022/01/20/china-economy-pboc-cuts-loan-prime-rates-lpr-for-1-year-5-year.html'),
    ('2022-05-20', 'https://www.tellerreport.com/business/2022-05-20-central-bank--the-lpr-for-more-than-5-years-is-lowered-to-4-45---and-the-lpr-for-1-year-remains-unchanged.SynjJ_Evc.html'),
    ('2022-08-22', 'https://www.forexlive.com/centralbank/china-rate-cuts-lpr-1-year-365-from-37-5-year-430-from-445-20220822/'),
    ('2023-06-20', 'http://en.people.cn/n3/2023/0620/c90000-20033762.html'),
    ('2023-08-21', 'https://www.moneycontrol.com/news/world/chinas-central-bank-cuts-key-benchmark-loan-rate-to-support-economy-11226331.html'),
    ('2024-02-20', 'https://www.finanznachrichten.de/nachrichten-2024-02/61447127-china-cuts-longer-term-benchmark-lending-rate-020.htm'),
    ('2024-07-22', 'https://www.finnewsnetwork.com.au/archives/finance_news_network470287.html'),
    ('2024-10-21', 'https://chinadailyhk.com/hk/article/595764'),
    ('2025-05-20', 'https://www.spglobal.com/market-intelligence/en/news-insights/articles/2025/5/china-cuts-key-lending-reference-rates-to-new-alltime-lows-89107190')
) AS s (day, url)
WHERE l.effective_on = s.day::date AND l.verified_at IS NULL AND l.source = '随程序录入，未附公告';
