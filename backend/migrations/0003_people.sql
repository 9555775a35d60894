-- Staff accounts, units and grants.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE units (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    parent_id uuid REFERENCES units (id) ON DELETE RESTRICT,
    district text,
    created_at timestamptz NOT NULL
);

CREATE TABLE staff (
    id uuid PRIMARY KEY,
    login text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{1,31}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    unit_id uuid REFERENCES units (id) ON DELETE RESTRICT,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'left')),
    password_hash text NOT NULL,
    must_change_password boolean NOT NULL,
    totp_secret bytea NOT NULL,
    totp_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    left_at timestamptz,
    CHECK ((state = 'left') = (left_at IS NOT NULL))
);

-- The last five, so that none of them is chosen again.
CREATE TABLE staff_passwords (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    password_hash text NOT NULL
);
CREATE INDEX staff_passwords_staff ON staff_passwords (staff_id, id);

CREATE TABLE staff_recovery_codes (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    UNIQUE (staff_id, code_hash)
);

-- Failed sign-ins by the hash of the login name, whether such an account exists or not: both cost the same work.
CREATE TABLE staff_attempts (
    login_hash bytea PRIMARY KEY,
    failures integer NOT NULL,
    locked_until timestamptz,
    last_at timestamptz NOT NULL
);
CREATE INDEX staff_attempts_last_at ON staff_attempts (last_at);

CREATE TABLE staff_sessions (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    csrf_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz,
    client text NOT NULL DEFAULT ''
);
CREATE INDEX staff_sessions_live ON staff_sessions (staff_id) WHERE ended_at IS NULL;
CREATE INDEX staff_sessions_seen_at ON staff_sessions (seen_at);

CREATE TABLE staff_grants (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    role text NOT NULL,
    unit_id uuid REFERENCES units (id) ON DELETE RESTRICT,
    districts text[] NOT NULL DEFAULT '{}',
    capabilities text[] NOT NULL DEFAULT '{}',
    granted_by uuid REFERENCES staff (id) ON DELETE RESTRICT,
    granted_at timestamptz NOT NULL,
    until_at timestamptz CHECK (until_at > granted_at),
    ended_at timestamptz CHECK (ended_at >= granted_at),
    -- 等级保护: system administrator, security administrator and auditor are never one person at the same time.
    CONSTRAINT staff_grants_exclusive EXCLUDE USING gist (
        staff_id WITH =, role WITH <>, tstzrange(granted_at, least(until_at, ended_at)) WITH &&
    ) WHERE (role IN ('system_administrator', 'security_administrator', 'auditor'))
);
CREATE INDEX staff_grants_staff ON staff_grants (staff_id) WHERE ended_at IS NULL;

-- Owners: sessions, one-use codes, claims, invitations.

CREATE TABLE owner_sessions (
    id uuid PRIMARY KEY,
    -- RESTRICT: a session is ended in Redis too before what it stands on may go
    person_id uuid NOT NULL REFERENCES persons (id) ON DELETE RESTRICT,
    account_id uuid NOT NULL REFERENCES wechat_accounts (id) ON DELETE RESTRICT,
    token_hash bytea NOT NULL UNIQUE,
    client text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX owner_sessions_live ON owner_sessions (person_id, id) WHERE ended_at IS NULL;
CREATE INDEX owner_sessions_account ON owner_sessions (account_id);
CREATE INDEX owner_sessions_expires_at ON owner_sessions (expires_at);

-- WeChat's one-use codes: whoever has the lease exchanges the code, the others wait for what came of it.
CREATE TABLE exchanged_codes (
    code_hash bytea PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('pending', 'done', 'refused', 'failed')),
    lease uuid NOT NULL,
    leased_until timestamptz NOT NULL,
    result_id uuid,
    refusal text,
    settled_at timestamptz,
    expires_at timestamptz NOT NULL
);
CREATE INDEX exchanged_codes_result ON exchanged_codes (result_id) WHERE result_id IS NOT NULL;
CREATE INDEX exchanged_codes_expires_at ON exchanged_codes (expires_at);

-- Tries a day, by person and by enterprise; the key is a digest.
CREATE TABLE claim_attempts (
    key bytea NOT NULL,
    on_day date NOT NULL,
    tries integer NOT NULL,
    PRIMARY KEY (key, on_day)
);

-- What staff decide: a claim that the registry alone did not prove, or an objection to a binding. The code and name of
-- a claim are what the claimant wrote; `enterprise_id` is unknown until the claim is approved.
CREATE TABLE binding_reviews (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('claim', 'objection')),
    state text NOT NULL CHECK (state IN ('pending', 'approved', 'refused', 'withdrawn')),
    person_id uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    uscc text NOT NULL,
    role text NOT NULL CHECK (role IN ('representative', 'manager')),
    representative_sealed bytea,
    licence_file_id uuid REFERENCES files (id) ON DELETE SET NULL,
    binding_id uuid REFERENCES bindings (id) ON DELETE CASCADE,
    objector_id uuid REFERENCES persons (id) ON DELETE SET NULL,
    reason text,
    decided_by uuid REFERENCES staff (id) ON DELETE RESTRICT,
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    CHECK (kind = 'claim' OR binding_id IS NOT NULL),
    CHECK ((state IN ('approved', 'refused')) = (decided_at IS NOT NULL))
);
CREATE UNIQUE INDEX binding_reviews_open_claim ON binding_reviews (person_id, uscc) WHERE kind = 'claim' AND state = 'pending';
CREATE UNIQUE INDEX binding_reviews_open_objection ON binding_reviews (binding_id) WHERE kind = 'objection' AND state = 'pending';
CREATE INDEX binding_reviews_pending ON binding_reviews (id) WHERE state = 'pending';
CREATE INDEX binding_reviews_person ON binding_reviews (person_id, id);
CREATE INDEX binding_reviews_binding ON binding_reviews (binding_id) WHERE binding_id IS NOT NULL;

CREATE TABLE binding_invitations (
    id uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises (id) ON DELETE RESTRICT,
    invited_by uuid NOT NULL REFERENCES bindings (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('manager', 'clerk')),
    scope text[] NOT NULL DEFAULT '{}',
    until_at timestamptz,
    code_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by uuid REFERENCES persons (id) ON DELETE SET NULL,
    CHECK (role <> 'clerk' OR until_at IS NOT NULL)
);
CREATE INDEX binding_invitations_enterprise ON binding_invitations (enterprise_id, id);
CREATE INDEX binding_invitations_inviter ON binding_invitations (invited_by);

INSERT INTO retention (table_name, step, keep, reason, age_column) VALUES
    ('staff_attempts', 'row', '1 day', '登录失败次数只用于锁定', 'last_at'),
    ('staff_sessions', 'row', '6 months', '登录记录与请求日志同期保存', 'seen_at'),
    ('owner_sessions', 'row', '30 days', '到期后本人仍可核对“我的设备”', 'expires_at'),
    ('exchanged_codes', 'row', '1 day', '微信一次性凭证，五分钟后已无用', 'expires_at'),
    ('claim_attempts', 'row', '2 days', '每日绑定次数只用于限次', 'on_day');
