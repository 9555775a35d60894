-- Whom a policy is told to, and who wants nothing chosen by a profile.

-- "不要按我的画像推送" (个人信息保护法 art. 24): whoever stands here gets no push and no list that rests on a profile.
CREATE TABLE profiling_refusals (
    person_id uuid PRIMARY KEY REFERENCES persons ON DELETE RESTRICT,
    at timestamptz NOT NULL
);

-- Everyone who was found for a version, once, by its publication or by a later night's difference; `told_at` when the
-- message was handed over. `enterprise_id` is the one it speaks of, `enterprises` how many of his fit.
CREATE TABLE policy_recipients (
    version_id uuid NOT NULL REFERENCES policy_versions ON DELETE CASCADE,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    enterprises integer NOT NULL CHECK (enterprises >= 1),
    found_by text NOT NULL CHECK (found_by IN ('publication', 'difference')),
    found_at timestamptz NOT NULL,
    told_at timestamptz,
    PRIMARY KEY (version_id, person_id)
);
CREATE INDEX policy_recipients_waiting ON policy_recipients (version_id, person_id) WHERE told_at IS NULL;
CREATE INDEX policy_recipients_person ON policy_recipients (person_id);
