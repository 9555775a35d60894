-- Whom a policy is told to, and who wants nothing chosen by a profile.

-- "不要按我的画像推送" (个人信息保护法 art. 24): whoever stands here gets no push and no list that rests on a profile.
CREATE TABLE profiling_refusals (
    person_id uuid PRIMARY KEY REFERENCES persons ON DELETE RESTRICT,
    at timestamptz NOT NULL
);

-- Everyone who was found for a version, once: by its publication, by a later night's difference, or because he had been
-- told of the one that it corrects. `told_at` when the message was handed over. `enterprise_id` is the one it speaks of,
-- `enterprises` how many of his fit. No foreign keys: a hundred thousand rows come by one statement, and neither versions
-- that were published nor persons nor enterprises are ever deleted.
CREATE TABLE policy_recipients (
    version_id uuid NOT NULL,
    person_id uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    enterprises integer NOT NULL CHECK (enterprises >= 1),
    found_by text NOT NULL CHECK (found_by IN ('publication', 'difference', 'correction')),
    found_at timestamptz NOT NULL,
    told_at timestamptz,
    PRIMARY KEY (version_id, person_id)
);
CREATE INDEX policy_recipients_waiting ON policy_recipients (version_id, person_id) WHERE told_at IS NULL;
CREATE INDEX policy_recipients_person ON policy_recipients (person_id);

-- The nightly difference. One row a night; `since` is the last night that came to its end before (none: the first).
CREATE TABLE policy_differences (
    on_day date PRIMARY KEY,
    since date CHECK (since < on_day),
    started_at timestamptz NOT NULL,
    ended_at timestamptz
);

-- Versions whose list of recipients was completed by their publication: from then on the nights keep it complete.
-- `run_on` is the night that a version takes part in, `checked_on` the last one that it took part in to the end.
CREATE TABLE policy_spreads (
    version_id uuid PRIMARY KEY REFERENCES policy_versions ON DELETE CASCADE,
    frozen_at timestamptz NOT NULL,
    run_on date,
    checked_on date
) WITH (fillfactor = 70);

-- Bindings that stand with every version of the last night, as their enterprise's facts were at this version of them.
CREATE TABLE policy_checked (
    binding_id uuid PRIMARY KEY REFERENCES bindings ON DELETE CASCADE,
    facts_version bigint NOT NULL
) WITH (fillfactor = 80);

-- What is left of a night: bindings that are new, whose facts changed, or for which a day mattered that came since.
CREATE TABLE policy_due (
    person_id uuid NOT NULL,
    binding_id uuid NOT NULL,
    facts_version bigint NOT NULL,
    PRIMARY KEY (person_id, binding_id)
);
CREATE INDEX policy_due_binding ON policy_due (binding_id);

-- When a person last had the weekly question.
CREATE TABLE policy_digests (
    person_id uuid PRIMARY KEY,
    told_on date NOT NULL
);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('policy_digests', 'row', '30 days', '每人每周最多一条提问', 'told_on', NULL),
    ('policy_differences', 'row', '180 days', '每晚补发只用于排错和续跑', 'on_day', 'ended_at IS NULL');
