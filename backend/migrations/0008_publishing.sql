-- How policies come out: by a time, with attachments, corrected; and whether their links still answer.

-- `exclusions`: which other policies can't be had beside this one, by number and citation. `correction` says what was
-- wrong with the edition that this one `corrects`; who was told of that one hears of the correction instead.
-- `publish_at`: released by the reviewer for this moment. `held_back`: why it could not come out then, for staff.
ALTER TABLE policy_versions
    ADD COLUMN exclusions jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN correction text NOT NULL DEFAULT '',
    ADD COLUMN corrects uuid REFERENCES policy_versions ON DELETE RESTRICT,
    ADD COLUMN publish_at timestamptz,
    ADD COLUMN held_back text NOT NULL DEFAULT '',
    DROP CONSTRAINT policy_versions_state_check,
    ADD CONSTRAINT policy_versions_state_check CHECK (
        state IN ('draft', 'in_review', 'scheduled', 'published', 'superseded', 'withdrawn', 'expired')
    ),
    ADD CONSTRAINT policy_versions_scheduled CHECK (
        (state = 'scheduled') = (publish_at IS NOT NULL) AND (state <> 'scheduled' OR reviewer_id IS NOT NULL)
    ),
    ADD CONSTRAINT policy_versions_corrects CHECK (corrects IS NULL OR correction <> '');
DROP INDEX policy_versions_open;
CREATE UNIQUE INDEX policy_versions_open ON policy_versions (policy_id)
    WHERE state IN ('draft', 'in_review', 'scheduled');
CREATE INDEX policy_versions_due ON policy_versions (publish_at) WHERE state = 'scheduled';

-- The files of one edition in their order; the next edition's draft begins with the same ones.
CREATE TABLE policy_attachments (
    version_id uuid NOT NULL REFERENCES policy_versions ON DELETE CASCADE,
    file_id uuid NOT NULL REFERENCES files ON DELETE RESTRICT,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    position smallint NOT NULL CHECK (position >= 1),
    PRIMARY KEY (version_id, file_id),
    UNIQUE (version_id, position) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX policy_attachments_file ON policy_attachments (file_id);
CREATE INDEX files_policy_attachments ON files (created_at) WHERE purpose = 'policy_attachment' AND state = 'stored';

-- Every page on the web that a live edition names. `failures` in a row, a day apart at least; `dead_since` after three.
CREATE TABLE policy_links (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    url text NOT NULL UNIQUE,
    host text NOT NULL,
    due_at timestamptz NOT NULL,
    leased_until timestamptz,
    checked_at timestamptz,
    status integer,
    problem text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    dead_since timestamptz,
    CHECK (dead_since IS NULL OR failures >= 3)
);
CREATE INDEX policy_links_due ON policy_links (host, due_at);
CREATE INDEX policy_links_dead ON policy_links (id) WHERE dead_since IS NOT NULL;
