-- Policies: what is offered, its versions with their rules, and the answers kept for each enterprise that asked.

-- `version` counts every change of a policy and of its versions: what If-Match names.
CREATE TABLE policies (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE CHECK (number ~ '^[A-Z0-9][A-Z0-9-]{1,31}$'),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);

-- `issued_on` as exactly as it is known: a year, a month or a day. `reference_only`: from another place, shown to staff.
CREATE TABLE policy_versions (
    id uuid PRIMARY KEY,
    policy_id uuid NOT NULL REFERENCES policies ON DELETE RESTRICT,
    edition integer NOT NULL CHECK (edition >= 1),
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'in_review', 'published', 'superseded', 'withdrawn', 'expired')),
    title text NOT NULL CHECK (title <> ''),
    doc_no text NOT NULL DEFAULT '',
    issuer text NOT NULL CHECK (issuer <> ''),
    level text NOT NULL CHECK (level IN ('national', 'province', 'city', 'county')),
    region text NOT NULL CHECK (region ~ '^[0-9A-Z]{6,7}$'),
    issued_on text NOT NULL CHECK (issued_on ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'),
    effective_from date NOT NULL,
    effective_to date,
    apply_from date,
    apply_until date,
    category text NOT NULL CHECK (category <> ''),
    action text NOT NULL CHECK (action IN ('policies', 'financing', 'supervision', 'assistance')),
    summary text NOT NULL CHECK (length(summary) BETWEEN 1 AND 120),
    body text NOT NULL DEFAULT '',
    benefit text NOT NULL CHECK (benefit <> ''),
    how_to_apply text NOT NULL CHECK (how_to_apply <> ''),
    contact text NOT NULL DEFAULT '',
    links jsonb NOT NULL DEFAULT '[]',
    sources jsonb NOT NULL DEFAULT '[]',
    verification text NOT NULL CHECK (verification IN ('law_text', 'excerpt', 'partial')),
    note text NOT NULL DEFAULT '',
    reference_only boolean NOT NULL DEFAULT FALSE,
    rule jsonb NOT NULL,
    rule_hash text NOT NULL,
    author_id uuid,
    edited_by uuid,
    reviewer_id uuid,
    created_at timestamptz NOT NULL,
    edited_at timestamptz NOT NULL,
    submitted_at timestamptz,
    published_at timestamptz,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '',
    search text GENERATED ALWAYS AS (title || ' ' || doc_no || ' ' || issuer || ' ' || summary || ' ' || benefit) STORED,
    UNIQUE (policy_id, edition),
    CHECK (effective_to >= effective_from),
    CHECK (apply_until >= apply_from),
    CONSTRAINT policy_versions_four_eyes CHECK (reviewer_id <> author_id AND reviewer_id <> edited_by),
    CHECK (state NOT IN ('published', 'superseded', 'expired') OR published_at IS NOT NULL),
    CHECK ((state IN ('superseded', 'withdrawn', 'expired')) = (ended_at IS NOT NULL)),
    CHECK (state <> 'in_review' OR submitted_at IS NOT NULL),
    CONSTRAINT policy_versions_ours CHECK (NOT reference_only OR published_at IS NULL)
);
CREATE UNIQUE INDEX policy_versions_published ON policy_versions (policy_id) WHERE state = 'published';
CREATE UNIQUE INDEX policy_versions_open ON policy_versions (policy_id) WHERE state IN ('draft', 'in_review');
CREATE INDEX policy_versions_live ON policy_versions (id) WHERE state = 'published';
CREATE INDEX policy_versions_ending ON policy_versions (effective_to) WHERE state = 'published';
CREATE INDEX policy_versions_search ON policy_versions USING gin (search gin_trgm_ops);

-- The name of the set of rules that is live now; every publication gives it another one. One row at most.
CREATE TABLE rule_set (
    is_only boolean PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    version uuid NOT NULL,
    changed_at timestamptz NOT NULL
);

-- For which facts, rules and day the answers of an enterprise were computed; a set that fits all three is current.
CREATE TABLE policy_match_sets (
    enterprise_id uuid PRIMARY KEY REFERENCES enterprises ON DELETE CASCADE,
    facts_version bigint NOT NULL,
    rule_set_version uuid NOT NULL,
    on_day date NOT NULL,
    computed_at timestamptz NOT NULL
) WITH (fillfactor = 80);

-- One answer: 1 yes, 2 maybe, 3 no. `reasons` are codes to count by ("missing:employees"), `why` is what the owner reads.
CREATE TABLE policy_matches (
    enterprise_id uuid NOT NULL REFERENCES policy_match_sets ON DELETE CASCADE,
    version_id uuid NOT NULL REFERENCES policy_versions ON DELETE CASCADE,
    verdict smallint NOT NULL CHECK (verdict IN (1, 2, 3)),
    reasons text[] NOT NULL DEFAULT '{}',
    why text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (enterprise_id, version_id)
) WITH (fillfactor = 90);
CREATE INDEX policy_matches_feed ON policy_matches (enterprise_id, verdict, version_id DESC);
CREATE INDEX policy_matches_version ON policy_matches (version_id);
