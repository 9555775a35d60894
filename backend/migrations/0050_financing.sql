-- Financing: an owner's need goes to banks without his name first, and with it only to those he signed for, one by one.

-- Whoever works for a bank holds no other role: what a partner sees is his desk's and nothing of the bureau's.
ALTER TABLE staff_grants ADD CONSTRAINT staff_grants_exclusive_partner EXCLUDE USING gist (
    staff_id WITH =, ((role = 'partner')::integer) WITH <>, tstzrange(granted_at, least(until_at, ended_at)) WITH &&
);

-- Values of policy that the rules below go by: anybody may read them, managers change them within their bounds.
CREATE TABLE financing_terms (
    key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_]{0,40}$'),
    value integer NOT NULL,
    least integer NOT NULL,
    most integer NOT NULL,
    words text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CHECK (value BETWEEN least AND most)
);
INSERT INTO financing_terms (key, value, least, most, words) VALUES
    ('accept_days', 2, 1, 5, '银行受理的期限（工作日）'),
    ('decide_days', 10, 3, 30, '银行作出决定的期限（工作日，自受理起）'),
    ('banks_at_once', 3, 1, 3, '同时可以查看的银行数'),
    ('least_sharing', 5, 5, 100, '匿名展示时至少须有多少家经营主体属于同一组合'),
    ('open_days', 60, 7, 180, '融资需求的有效期（天）'),
    ('consent_days', 90, 7, 180, '授权的最长期限（天）'),
    ('renewal_notice_days', 60, 7, 180, '到期前多少天提醒续贷');

-- 贷款市场报价利率, by the day from which each holds. Source: 全国银行间同业拆借中心.
CREATE TABLE financing_lprs (
    tenor text NOT NULL CHECK (tenor IN ('one_year', 'five_years')),
    effective_on date NOT NULL,
    rate_percent numeric(6, 4) NOT NULL CHECK (rate_percent BETWEEN 0 AND 36),
    source text NOT NULL CHECK (source <> ''),
    PRIMARY KEY (tenor, effective_on)
);
INSERT INTO financing_lprs (tenor, effective_on, rate_percent, source) VALUES
    ('one_year', '2020-04-20', 3.85, '全国银行间同业拆借中心公告'), ('five_years', '2020-04-20', 4.65, '全国银行间同业拆借中心公告'),
    ('one_year', '2021-12-20', 3.80, '全国银行间同业拆借中心公告'),
    ('one_year', '2022-01-20', 3.70, '全国银行间同业拆借中心公告'), ('five_years', '2022-01-20', 4.60, '全国银行间同业拆借中心公告'),
    ('five_years', '2022-05-20', 4.45, '全国银行间同业拆借中心公告'),
    ('one_year', '2022-08-22', 3.65, '全国银行间同业拆借中心公告'), ('five_years', '2022-08-22', 4.30, '全国银行间同业拆借中心公告'),
    ('one_year', '2023-06-20', 3.55, '全国银行间同业拆借中心公告'), ('five_years', '2023-06-20', 4.20, '全国银行间同业拆借中心公告'),
    ('one_year', '2023-08-21', 3.45, '全国银行间同业拆借中心公告'),
    ('five_years', '2024-02-20', 3.95, '全国银行间同业拆借中心公告'),
    ('one_year', '2024-07-22', 3.35, '全国银行间同业拆借中心公告'), ('five_years', '2024-07-22', 3.85, '全国银行间同业拆借中心公告'),
    ('one_year', '2024-10-21', 3.10, '全国银行间同业拆借中心公告'), ('five_years', '2024-10-21', 3.60, '全国银行间同业拆借中心公告'),
    ('one_year', '2025-05-20', 3.00, '全国银行间同业拆借中心公告'), ('five_years', '2025-05-20', 3.50, '全国银行间同业拆借中心公告');

-- Who lends or guarantees. `contact` is what a consent names besides the name (个人信息保护法 art. 23).
CREATE TABLE financing_institutions (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 2 AND 60),
    kind text NOT NULL CHECK (kind IN ('bank', 'guarantor')),
    contact text NOT NULL CHECK (length(contact) BETWEEN 3 AND 100),
    is_open boolean NOT NULL DEFAULT TRUE,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);
-- The impact assessment before anything of an owner is given to an institution (个人信息保护法 arts. 55, 56).
CREATE TABLE financing_assessments (
    id uuid PRIMARY KEY,
    institution_id uuid NOT NULL REFERENCES financing_institutions ON DELETE RESTRICT,
    purpose text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 1000),
    risks text NOT NULL CHECK (length(risks) BETWEEN 1 AND 2000),
    measures text NOT NULL CHECK (length(measures) BETWEEN 1 AND 2000),
    level text NOT NULL CHECK (level IN ('low', 'middle', 'high')),
    made_by uuid REFERENCES staff ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    valid_until date NOT NULL
);
CREATE INDEX financing_assessments_institution ON financing_assessments (institution_id, valid_until);

-- Where an institution takes referrals; no districts means the whole city.
CREATE TABLE financing_desks (
    id uuid PRIMARY KEY,
    institution_id uuid NOT NULL REFERENCES financing_institutions ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    districts text[] NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    UNIQUE (institution_id, name)
);
-- Whoever works at a desk: staff accounts with the role of a partner, each at one desk at a time.
CREATE TABLE financing_desk_people (
    id uuid PRIMARY KEY,
    desk_id uuid NOT NULL REFERENCES financing_desks ON DELETE RESTRICT,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    added_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX financing_desk_people_one ON financing_desk_people (staff_id) WHERE ended_at IS NULL;
CREATE INDEX financing_desk_people_desk ON financing_desk_people (desk_id) WHERE ended_at IS NULL;

-- A product and its versions. Rates: a range, or the LPR and so many basis points. `rule` says for whom it is, in the
-- language of policies; `fees` as `financing/terms.py` reads them. Nobody publishes what he wrote himself.
CREATE TABLE financing_products (
    id uuid PRIMARY KEY,
    institution_id uuid NOT NULL REFERENCES financing_institutions ON DELETE RESTRICT,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);
CREATE INDEX financing_products_institution ON financing_products (institution_id);
CREATE TABLE financing_product_versions (
    id uuid PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES financing_products ON DELETE RESTRICT,
    edition integer NOT NULL CHECK (edition > 0),
    state text NOT NULL CHECK (state IN ('draft', 'published', 'superseded', 'withdrawn')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    summary text NOT NULL CHECK (length(summary) BETWEEN 1 AND 200),
    collateral text[] NOT NULL CHECK (collateral <> '{}' AND collateral <@ ARRAY['credit', 'mortgage', 'patent_pledge',
        'trademark_pledge', 'equity_pledge', 'receivables', 'guarantee']),
    repayments text[] NOT NULL CHECK (repayments <> '{}' AND repayments <@ ARRAY['equal_instalment', 'equal_principal',
        'interest_first', 'bullet', 'revolving']),
    amount_min_wan numeric(12, 4) NOT NULL CHECK (amount_min_wan > 0),
    amount_max_wan numeric(12, 4) NOT NULL,
    months_min integer NOT NULL CHECK (months_min >= 1),
    months_max integer NOT NULL CHECK (months_max <= 360),
    rate_kind text NOT NULL CHECK (rate_kind IN ('range', 'lpr')),
    rate_min_percent numeric(6, 4) CHECK (rate_min_percent >= 0),
    rate_max_percent numeric(6, 4) CHECK (rate_max_percent <= 36),
    lpr_tenor text CHECK (lpr_tenor IN ('one_year', 'five_years')),
    bp_min integer CHECK (bp_min BETWEEN -500 AND 2000),
    bp_max integer CHECK (bp_max BETWEEN -500 AND 2000),
    day_count text NOT NULL CHECK (day_count IN ('months', 'actual_360', 'actual_365')),
    fees jsonb NOT NULL DEFAULT '[]',
    materials text[] NOT NULL DEFAULT '{}',
    is_follow_on boolean NOT NULL DEFAULT FALSE,
    rule jsonb NOT NULL,
    rule_hash text NOT NULL,
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 500),
    valid_from date NOT NULL,
    valid_until date NOT NULL DEFAULT 'infinity' CHECK (valid_until >= valid_from),
    author_id uuid REFERENCES staff ON DELETE RESTRICT,
    written_at timestamptz NOT NULL,
    publisher_id uuid REFERENCES staff ON DELETE RESTRICT,
    published_at timestamptz,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 500),
    UNIQUE (product_id, edition),
    CHECK (amount_min_wan <= amount_max_wan AND months_min <= months_max),
    CHECK ((rate_kind = 'range') = (rate_min_percent IS NOT NULL AND rate_max_percent IS NOT NULL
                                    AND rate_min_percent <= rate_max_percent)),
    CHECK ((rate_kind = 'lpr') = (lpr_tenor IS NOT NULL AND bp_min IS NOT NULL AND bp_max IS NOT NULL
                                  AND bp_min <= bp_max)),
    CHECK (publisher_id IS NULL OR publisher_id <> author_id)
);
CREATE UNIQUE INDEX financing_product_versions_live ON financing_product_versions (product_id) WHERE state = 'published';
CREATE UNIQUE INDEX financing_product_versions_open ON financing_product_versions (product_id) WHERE state = 'draft';

-- An owner's need. `standards` are his own words on the five; `seed` orders the banks, and was drawn before anybody knew
-- which would match. `listing_id` is random and the only name by which banks know it before a consent; what they are
-- shown beside it is in `shown_…`, NULL where it had to be left out, `shown_k` how many registered enterprises share it.
CREATE TABLE financing_applications (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE CHECK (number ~ '^RZ-[0-9]{8}-[0-9]{4,}$'),
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    state text NOT NULL CHECK (state IN ('draft', 'open', 'chosen', 'closed', 'withdrawn', 'expired')),
    amount_wan numeric(12, 4) NOT NULL CHECK (amount_wan > 0),
    months integer NOT NULL CHECK (months BETWEEN 1 AND 360),
    purpose text NOT NULL CHECK (purpose ~ '^[a-z][a-z_]{0,40}$'),
    collateral text[] NOT NULL CHECK (collateral <> '{}' AND collateral <@ ARRAY['credit', 'mortgage', 'patent_pledge',
        'trademark_pledge', 'equity_pledge', 'receivables', 'guarantee']),
    repayment text CHECK (repayment IN ('equal_instalment', 'equal_principal', 'interest_first', 'bullet', 'revolving')),
    standards jsonb NOT NULL DEFAULT '{}',
    district text,
    seed text NOT NULL CHECK (length(seed) >= 32),
    listing_id uuid NOT NULL UNIQUE,
    is_listed boolean NOT NULL DEFAULT TRUE,
    shown_district text,
    shown_industry text,
    shown_size text,
    shown_k integer NOT NULL DEFAULT 0 CHECK (shown_k >= 0),
    follows_id uuid,
    created_at timestamptz NOT NULL,
    submitted_at timestamptz,
    expires_at timestamptz,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 500),
    version bigint NOT NULL DEFAULT 1,
    CHECK ((state IN ('closed', 'withdrawn', 'expired')) = (ended_at IS NOT NULL)),
    CHECK (state IN ('draft', 'withdrawn') OR (submitted_at IS NOT NULL AND expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX financing_applications_one ON financing_applications (enterprise_id)
    WHERE state IN ('draft', 'open', 'chosen');
CREATE INDEX financing_applications_enterprise ON financing_applications (enterprise_id, id);
CREATE INDEX financing_applications_person ON financing_applications (person_id);
CREATE INDEX financing_applications_expires ON financing_applications (expires_at) WHERE state = 'open';
CREATE INDEX financing_applications_listed ON financing_applications (submitted_at) WHERE state = 'open' AND is_listed;

-- Which products answered an application, as they stood when it was opened, and in which order they were shown.
CREATE TABLE financing_matches (
    application_id uuid NOT NULL REFERENCES financing_applications ON DELETE CASCADE,
    version_id uuid NOT NULL REFERENCES financing_product_versions ON DELETE RESTRICT,
    institution_id uuid NOT NULL REFERENCES financing_institutions ON DELETE RESTRICT,
    position integer NOT NULL CHECK (position > 0),
    answer text NOT NULL CHECK (answer IN ('yes', 'maybe', 'no')),
    why jsonb NOT NULL,
    PRIMARY KEY (application_id, version_id),
    UNIQUE (application_id, position)
);
CREATE INDEX financing_matches_institution ON financing_matches (institution_id);

-- All that a bank may see before a consent: no name, no number, no id that is known elsewhere, no words, amounts and
-- months as bands, the week instead of the day. Nothing is shown that fewer than five registered enterprises share.
CREATE VIEW financing_listings AS
SELECT a.listing_id,
    a.shown_district AS district,
    a.shown_industry AS industry,
    a.shown_size AS size,
    CASE WHEN a.amount_wan <= 10 THEN 'to_10' WHEN a.amount_wan <= 50 THEN 'to_50' WHEN a.amount_wan <= 100 THEN 'to_100'
         WHEN a.amount_wan <= 300 THEN 'to_300' WHEN a.amount_wan <= 1000 THEN 'to_1000' ELSE 'over_1000' END AS amount_band,
    CASE WHEN a.months <= 6 THEN 'to_6' WHEN a.months <= 12 THEN 'to_12' WHEN a.months <= 36 THEN 'to_36'
         ELSE 'over_36' END AS months_band,
    a.purpose,
    a.collateral,
    date_trunc('week', a.submitted_at AT TIME ZONE 'Asia/Shanghai')::date AS opened_week
FROM financing_applications a
WHERE a.state = 'open' AND a.is_listed AND a.shown_k >= 5;

-- A bank's word before it knows whose need it is: terms as figures, no words.
CREATE TABLE financing_signals (
    id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES financing_applications ON DELETE CASCADE,
    institution_id uuid NOT NULL REFERENCES financing_institutions ON DELETE RESTRICT,
    desk_id uuid NOT NULL REFERENCES financing_desks ON DELETE RESTRICT,
    version_id uuid REFERENCES financing_product_versions ON DELETE RESTRICT,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    amount_wan numeric(12, 4) NOT NULL CHECK (amount_wan > 0),
    months integer NOT NULL CHECK (months BETWEEN 1 AND 360),
    rate_min_percent numeric(6, 4) NOT NULL CHECK (rate_min_percent >= 0),
    rate_max_percent numeric(6, 4) NOT NULL CHECK (rate_max_percent BETWEEN rate_min_percent AND 36),
    repayment text NOT NULL,
    made_at timestamptz NOT NULL,
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX financing_signals_one ON financing_signals (application_id, institution_id) WHERE withdrawn_at IS NULL;
CREATE INDEX financing_signals_institution ON financing_signals (institution_id);

-- One bank, one consent: to whom, what for, which fields, how, until when, under which text, signed by whom in which
-- role, from where. Sensitive fields stand under a text of their own (个人信息保护法 arts. 23, 29).
CREATE TABLE financing_consents (
    id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES financing_applications ON DELETE CASCADE,
    institution_id uuid NOT NULL REFERENCES financing_institutions ON DELETE RESTRICT,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    recipient text NOT NULL CHECK (recipient <> ''),
    contact text NOT NULL CHECK (contact <> ''),
    purpose text NOT NULL CHECK (purpose <> ''),
    kinds text[] NOT NULL CHECK (kinds <> '{}'),
    fields text[] NOT NULL CHECK (fields <> '{}'),
    sensitive_fields text[] NOT NULL DEFAULT '{}',
    method text NOT NULL CHECK (method IN ('desk', 'interface')),
    text_version text NOT NULL,
    text_hash bytea NOT NULL,
    sensitive_version text,
    sensitive_hash bytea,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    signed_as text NOT NULL CHECK (signed_as IN ('representative', 'manager')),
    signed_at timestamptz NOT NULL,
    signed_from text NOT NULL CHECK (length(signed_from) <= 300),
    expires_at timestamptz NOT NULL CHECK (expires_at > signed_at),
    revoked_at timestamptz,
    revoked_by uuid,
    reads_before_revoke integer CHECK ((reads_before_revoke IS NULL) = (revoked_at IS NULL)),
    CHECK ((sensitive_fields = '{}') = (sensitive_hash IS NULL AND sensitive_version IS NULL))
);
CREATE UNIQUE INDEX financing_consents_live ON financing_consents (application_id, institution_id) WHERE revoked_at IS NULL;
CREATE INDEX financing_consents_person ON financing_consents (person_id);
CREATE INDEX financing_consents_institution ON financing_consents (institution_id);
CREATE INDEX financing_consents_enterprise ON financing_consents (enterprise_id);

-- One referral a bank. `position`: in which order the owner named them. `follows_id`: the loan that it renews.
CREATE TABLE financing_referrals (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE CHECK (number ~ '^DJ-[0-9]{8}-[0-9]{4,}$'),
    application_id uuid NOT NULL REFERENCES financing_applications ON DELETE CASCADE,
    institution_id uuid NOT NULL REFERENCES financing_institutions ON DELETE RESTRICT,
    desk_id uuid NOT NULL REFERENCES financing_desks ON DELETE RESTRICT,
    version_id uuid NOT NULL REFERENCES financing_product_versions ON DELETE RESTRICT,
    consent_id uuid NOT NULL UNIQUE REFERENCES financing_consents ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('consented', 'routed', 'accepted', 'contacted', 'due_diligence', 'approved',
        'rejected', 'drawn', 'renewed', 'given_up', 'unknown')),
    position integer NOT NULL CHECK (position > 0),
    district text,
    routed_at timestamptz,
    accept_by timestamptz,
    accepted_at timestamptz,
    decide_by timestamptz,
    contacted_at timestamptz,
    decided_at timestamptz,
    handler_id uuid REFERENCES staff ON DELETE RESTRICT,
    refusal_code text CHECK ((refusal_code IS NOT NULL) = (state = 'rejected')),
    refusal_words text NOT NULL DEFAULT '' CHECK (length(refusal_words) <= 1000),
    refusal_remedy text NOT NULL DEFAULT '' CHECK (length(refusal_remedy) <= 1000),
    end_reason text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 500),
    drawn_on date,
    drawn_wan numeric(12, 4) CHECK (drawn_wan > 0),
    due_on date,
    reminded_at timestamptz,
    late_told_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (application_id, position),
    CHECK (state = 'consented' OR routed_at IS NOT NULL OR ended_at IS NOT NULL),
    CHECK (state NOT IN ('drawn', 'renewed') OR (drawn_on IS NOT NULL AND drawn_wan IS NOT NULL AND due_on IS NOT NULL))
);
CREATE INDEX financing_referrals_desk ON financing_referrals (desk_id, state, id);
CREATE INDEX financing_referrals_institution ON financing_referrals (institution_id, id);
CREATE INDEX financing_referrals_accept ON financing_referrals (accept_by) WHERE state = 'routed';
CREATE INDEX financing_referrals_decide ON financing_referrals (decide_by) WHERE state IN ('accepted', 'contacted', 'due_diligence');
CREATE INDEX financing_referrals_due ON financing_referrals (due_on) WHERE state = 'drawn';

-- What a bank offers, edition by edition, with the figures reckoned when it was made by the method named (`apr.py`).
-- `rate_percent` at the LPR of the day where it floats; `worst` at the highest of five years.
CREATE TABLE financing_offers (
    referral_id uuid NOT NULL REFERENCES financing_referrals ON DELETE CASCADE,
    edition integer NOT NULL CHECK (edition > 0),
    amount_wan numeric(12, 4) NOT NULL CHECK (amount_wan > 0),
    months integer NOT NULL CHECK (months BETWEEN 1 AND 360),
    rate_percent numeric(6, 4) NOT NULL CHECK (rate_percent BETWEEN 0 AND 36),
    lpr_tenor text CHECK (lpr_tenor IN ('one_year', 'five_years')),
    bp integer CHECK ((bp IS NULL) = (lpr_tenor IS NULL)),
    repayment text NOT NULL,
    day_count text NOT NULL,
    fees jsonb NOT NULL DEFAULT '[]',
    collateral text NOT NULL,
    valid_until date NOT NULL,
    method text NOT NULL,
    cost jsonb NOT NULL,
    worst jsonb NOT NULL,
    worst_rate_percent numeric(6, 4) NOT NULL,
    made_by uuid REFERENCES staff ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (referral_id, edition)
);

-- What happened to an application and its referrals, in its order. `referral_id` NULL: it concerns the whole.
CREATE TABLE financing_events (
    application_id uuid NOT NULL REFERENCES financing_applications ON DELETE CASCADE,
    seq integer NOT NULL CHECK (seq > 0),
    referral_id uuid REFERENCES financing_referrals ON DELETE CASCADE,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind <> ''),
    actor_kind text NOT NULL,
    actor_id uuid,
    body text NOT NULL DEFAULT '' CHECK (length(body) <= 2000),
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (application_id, seq)
);
CREATE INDEX financing_events_referral ON financing_events (referral_id, seq);

-- Every time a bank read what it was consented to: ten years (浙江省公共信用信息管理条例 art. 20). Without keys to the rows
-- it tells of, for it outlives them; `fields` are those that were given.
CREATE TABLE financing_reads (
    id uuid NOT NULL,
    consent_id uuid NOT NULL,
    referral_id uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    institution_id uuid NOT NULL,
    desk_id uuid NOT NULL,
    staff_id uuid,
    method text NOT NULL,
    fields text[] NOT NULL,
    at timestamptz NOT NULL,
    read_from text NOT NULL DEFAULT '',
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX financing_reads_consent ON financing_reads (consent_id, id);
CREATE INDEX financing_reads_enterprise ON financing_reads (enterprise_id, id);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('financing_reads', 'month', '120 months', '查询记录自生成之日起保存10年', NULL, NULL),
    ('financing_applications', 'row', '120 months', '授权、对外提供和对接经过备查，与查询记录同期', 'created_at',
     'ended_at IS NULL'),
    ('financing_assessments', 'row', '120 months', '个人信息保护影响评估至少保存3年，与查询记录同期', 'made_at',
     'valid_until >= now()::date');
SELECT make_partitions('financing_reads', now() - interval '1 month', 4);
