-- Splits of cases, macros with their versions and runs, and lists of problems that a second person strikes off (销号制).

-- Which case a part was taken out of. `undone_at`: the split was taken back while nobody had touched the parts.
CREATE TABLE case_splits (
    part_id uuid PRIMARY KEY REFERENCES cases ON DELETE RESTRICT,
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    seq integer NOT NULL,
    part_version bigint NOT NULL,
    split_at timestamptz NOT NULL,
    undone_at timestamptz,
    FOREIGN KEY (case_id, seq) REFERENCES case_events ON DELETE RESTRICT,
    CHECK (part_id <> case_id)
);
CREATE INDEX case_splits_case ON case_splits (case_id);

-- A list of what is missing that was taken back counts as never made: the next one wants no reason, though the number
-- stays used.
ALTER TABLE case_requests ADD COLUMN taken_back_at timestamptz, DROP CONSTRAINT case_requests_check;

-- A named list of acts, of a unit or (without one) of everybody. The row is the newest version; each one is kept.
CREATE TABLE case_macros (
    id uuid PRIMARY KEY,
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    acts jsonb NOT NULL CHECK (jsonb_array_length(acts) BETWEEN 1 AND 10),
    version bigint NOT NULL DEFAULT 1,
    closed_at timestamptz
);
CREATE UNIQUE INDEX case_macros_name ON case_macros (coalesce(unit_id, '00000000-0000-0000-0000-000000000000'), name)
    WHERE closed_at IS NULL;
CREATE TABLE case_macro_versions (
    macro_id uuid NOT NULL REFERENCES case_macros ON DELETE RESTRICT,
    version bigint NOT NULL,
    name text NOT NULL,
    acts jsonb NOT NULL,
    is_closed boolean NOT NULL DEFAULT FALSE,
    changed_by uuid REFERENCES staff ON DELETE RESTRICT,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (macro_id, version)
);

-- One macro on one case: what it wrote, how the case stood before and at which version after, so that it can be undone.
CREATE TABLE case_macro_runs (
    id uuid PRIMARY KEY,
    macro_id uuid NOT NULL,
    macro_version bigint NOT NULL,
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    first_seq integer NOT NULL,
    last_seq integer NOT NULL,
    before jsonb NOT NULL,
    version_after bigint NOT NULL,
    undone_at timestamptz,
    FOREIGN KEY (macro_id, macro_version) REFERENCES case_macro_versions ON DELETE RESTRICT
);
CREATE INDEX case_macro_runs_case ON case_macro_runs (case_id, id);

-- A list of problems, from whatever found them; one for each origin.
CREATE TABLE problem_lists (
    id uuid PRIMARY KEY,
    origin text NOT NULL CHECK (origin <> ''),
    origin_id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 60),
    enterprise_id uuid REFERENCES enterprises ON DELETE RESTRICT,
    district text,
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    opened_by_kind text NOT NULL,
    opened_by uuid,
    opened_at timestamptz NOT NULL,
    UNIQUE (origin, origin_id)
);
CREATE INDEX problem_lists_enterprise ON problem_lists (enterprise_id, id) WHERE enterprise_id IS NOT NULL;

-- One problem: who puts it right and by when (`days` working days after it was told; NULL where the day was named), what
-- he did, and the second person who struck it off or sent it back. Nobody strikes off what he did or answers for.
CREATE TABLE problems (
    id uuid PRIMARY KEY,
    list_id uuid NOT NULL REFERENCES problem_lists ON DELETE RESTRICT,
    nr smallint NOT NULL CHECK (nr >= 1),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    measures text NOT NULL DEFAULT '' CHECK (length(measures) <= 2000),
    responsible_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    told_at timestamptz NOT NULL,
    days smallint CHECK (days BETWEEN 1 AND 180),
    due_at timestamptz NOT NULL,
    is_provisional boolean NOT NULL DEFAULT FALSE,
    state text NOT NULL CHECK (state IN ('open', 'done', 'struck_off')),
    case_id uuid REFERENCES cases ON DELETE RESTRICT,
    result text NOT NULL DEFAULT '' CHECK (length(result) <= 2000),
    done_by uuid REFERENCES staff ON DELETE RESTRICT,
    done_at timestamptz,
    struck_by uuid REFERENCES staff ON DELETE RESTRICT,
    struck_at timestamptz,
    returns smallint NOT NULL DEFAULT 0 CHECK (returns >= 0),
    overdue_told_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (list_id, nr),
    CHECK ((state = 'open') = (done_at IS NULL)),
    CHECK ((done_at IS NULL) = (done_by IS NULL)),
    CHECK (done_at IS NULL OR result <> ''),
    CHECK ((state = 'struck_off') = (struck_at IS NOT NULL)),
    CHECK ((struck_at IS NULL) = (struck_by IS NULL)),
    CHECK (struck_by IS NULL OR (struck_by <> done_by AND struck_by <> responsible_id))
);
CREATE INDEX problems_due ON problems (due_at) WHERE state = 'open' AND overdue_told_at IS NULL;
CREATE INDEX problems_responsible ON problems (responsible_id, due_at, id) WHERE state <> 'struck_off';
CREATE INDEX problems_state ON problems (state, due_at, id);
CREATE INDEX problems_case ON problems (case_id) WHERE case_id IS NOT NULL;

-- What happened to a problem, append-only, and the evidence that each step brought.
CREATE TABLE problem_moves (
    problem_id uuid NOT NULL REFERENCES problems ON DELETE RESTRICT,
    seq smallint NOT NULL CHECK (seq >= 1),
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('opened', 'changed', 'done', 'returned', 'struck_off', 'linked')),
    actor_kind text NOT NULL,
    actor_id uuid,
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 2000),
    PRIMARY KEY (problem_id, seq)
);
CREATE FUNCTION problem_moves_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to a problem stays written';
END
$$;
CREATE TRIGGER problem_moves_stay BEFORE UPDATE OR DELETE ON problem_moves
    FOR EACH ROW EXECUTE FUNCTION problem_moves_stay();
CREATE TABLE problem_files (
    problem_id uuid NOT NULL,
    seq smallint NOT NULL,
    file_id uuid NOT NULL REFERENCES files ON DELETE RESTRICT,
    PRIMARY KEY (problem_id, file_id),
    FOREIGN KEY (problem_id, seq) REFERENCES problem_moves ON DELETE RESTRICT
);
CREATE INDEX problem_files_file ON problem_files (file_id);
