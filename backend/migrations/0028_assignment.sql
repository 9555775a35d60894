-- Who is away, who knows what, who has taken on what; by when a case must be accepted.

-- Whole days in China, both included. Nobody is away twice on one day; what was withdrawn stays written.
CREATE TABLE staff_absences (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    from_on date NOT NULL,
    until_on date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('leave', 'sick', 'training', 'trip', 'other')),
    stand_in uuid REFERENCES staff ON DELETE RESTRICT CHECK (stand_in <> staff_id),
    told_by uuid REFERENCES staff ON DELETE RESTRICT,
    told_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CHECK (until_on BETWEEN from_on AND from_on + 400),
    CONSTRAINT staff_absences_once EXCLUDE USING gist (
        staff_id WITH =, daterange(from_on, until_on, '[]') WITH &&
    ) WHERE (withdrawn_at IS NULL)
);
CREATE INDEX staff_absences_days ON staff_absences (until_on, from_on) WHERE withdrawn_at IS NULL;

-- What somebody knows, by the keys under which the kinds of work ask for it.
CREATE TABLE staff_skills (
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    skill text NOT NULL CHECK (skill ~ '^[a-z][a-z0-9_]{0,40}$'),
    since timestamptz NOT NULL,
    told_by uuid REFERENCES staff ON DELETE RESTRICT,
    PRIMARY KEY (staff_id, skill)
);

-- The ledger of what staff have taken on, whatever module it comes from: each thing has one holder at a time.
CREATE TABLE staff_assignments (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    origin text NOT NULL CHECK (origin <> ''),
    origin_id uuid NOT NULL,
    weight smallint NOT NULL CHECK (weight BETWEEN 1 AND 9),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz CHECK (closed_at >= opened_at)
);
CREATE UNIQUE INDEX staff_assignments_held ON staff_assignments (origin, origin_id) WHERE closed_at IS NULL;
CREATE INDEX staff_assignments_open ON staff_assignments (staff_id) INCLUDE (weight) WHERE closed_at IS NULL;
CREATE INDEX staff_assignments_taken ON staff_assignments (staff_id, opened_at) INCLUDE (weight);
CREATE INDEX staff_assignments_past ON staff_assignments (closed_at) WHERE closed_at IS NOT NULL;

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('staff_absences', 'row', '24 months', '核对分派是否公平，与事项分派理由同期可查', 'until_on', NULL),
    ('staff_assignments', 'row', '24 months', '统计工作量和分派是否公平', 'closed_at', 'closed_at IS NULL');

-- What one case of a kind weighs against another when work is shared out.
ALTER TABLE case_categories ADD COLUMN weight smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 9);

-- `accept_by`: when to look whether whoever it was given, handed or transferred to has taken it. `passed_on`: how often
-- it went to the next one by itself since it was last accepted. `unassigned_at`: since when nobody fits it.
ALTER TABLE cases
    ADD COLUMN accept_by timestamptz,
    ADD COLUMN passed_on smallint NOT NULL DEFAULT 0 CHECK (passed_on >= 0),
    ADD COLUMN unassigned_at timestamptz;
CREATE INDEX cases_accept_by ON cases (accept_by) WHERE accept_by IS NOT NULL;
CREATE INDEX cases_nobodys ON cases (id)
    WHERE handler_id IS NULL AND closed_at IS NULL AND merged_into IS NULL;
CREATE INDEX cases_offered ON cases (offered_to) WHERE offered_to IS NOT NULL;
CREATE INDEX cases_answerable ON cases (answerable_id) WHERE closed_at IS NULL AND merged_into IS NULL;
CREATE INDEX case_notes_assignment ON case_notes (case_id, id) WHERE kind = 'assignment';
