-- What owners ask. Once its words and photos have passed, a question is a case of its number, whose clocks began when it
-- was asked. The words of what was refused or taken back go after 30 days (`text` is then empty).
CREATE TABLE questions (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    enterprise_id uuid REFERENCES enterprises ON DELETE RESTRICT,
    district text,
    category text NOT NULL REFERENCES case_categories ON DELETE RESTRICT,
    text text NOT NULL CHECK (length(text) <= 2000),
    is_followable boolean NOT NULL DEFAULT FALSE,
    state text NOT NULL DEFAULT 'checking' CHECK (state IN ('checking', 'held', 'received', 'refused', 'withdrawn')),
    reason text NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL,
    received_at timestamptz,
    ended_at timestamptz,
    CHECK ((ended_at IS NOT NULL) = (state IN ('refused', 'withdrawn'))),
    CHECK (state <> 'received' OR received_at IS NOT NULL),
    CHECK (state <> 'refused' OR reason <> '')
);
CREATE INDEX questions_person ON questions (person_id, id) WHERE person_id IS NOT NULL;
CREATE INDEX questions_enterprise ON questions (enterprise_id, id) WHERE enterprise_id IS NOT NULL;
CREATE INDEX questions_to_forget ON questions (ended_at) WHERE ended_at IS NOT NULL AND received_at IS NULL AND text <> '';

CREATE TABLE question_photos (
    question_id uuid NOT NULL REFERENCES questions ON DELETE CASCADE,
    position smallint NOT NULL CHECK (position BETWEEN 1 AND 9),
    file_id uuid NOT NULL UNIQUE REFERENCES files ON DELETE RESTRICT,
    PRIMARY KEY (question_id, position)
);

-- An answered question in wording that names nobody. One person writes it, another lets it out; a correction is a new
-- one in its place.
CREATE TABLE question_publications (
    id uuid PRIMARY KEY,
    question_id uuid NOT NULL REFERENCES questions ON DELETE RESTRICT,
    edition integer NOT NULL CHECK (edition >= 1),
    state text NOT NULL DEFAULT 'proposed'
        CHECK (state IN ('proposed', 'returned', 'published', 'superseded', 'withdrawn')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 60),
    asked text NOT NULL CHECK (length(asked) BETWEEN 1 AND 2000),
    answered text NOT NULL CHECK (length(answered) BETWEEN 1 AND 8000),
    author_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    reviewer_id uuid REFERENCES staff ON DELETE RESTRICT,
    reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    published_at timestamptz,
    ended_at timestamptz,
    UNIQUE (question_id, edition),
    CHECK (reviewer_id IS DISTINCT FROM author_id OR state IN ('proposed', 'returned')),
    CHECK ((state IN ('published', 'superseded', 'withdrawn')) = (published_at IS NOT NULL)),
    CHECK (published_at IS NULL OR reviewer_id IS NOT NULL)
);
CREATE UNIQUE INDEX question_publications_proposed ON question_publications (question_id) WHERE state = 'proposed';
CREATE UNIQUE INDEX question_publications_public ON question_publications (question_id) WHERE state = 'published';
CREATE INDEX question_publications_list ON question_publications (published_at, id) WHERE state = 'published';
CREATE INDEX question_publications_queue ON question_publications (id) WHERE state = 'proposed';

CREATE TABLE question_follows (
    question_id uuid NOT NULL REFERENCES questions ON DELETE CASCADE,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    PRIMARY KEY (question_id, person_id)
);
CREATE INDEX question_follows_person ON question_follows (person_id, at);

-- Who may ask nothing in the mini-program until a day, why, by which rule; he may appeal once, and another person decides.
CREATE TABLE question_bars (
    id uuid PRIMARY KEY,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    question_id uuid REFERENCES questions ON DELETE SET NULL,
    district text,
    reason text NOT NULL CHECK (reason <> ''),
    citation text NOT NULL CHECK (citation <> ''),
    barred_by uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    barred_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '',
    appeal text NOT NULL DEFAULT '' CHECK (length(appeal) <= 1000),
    appealed_at timestamptz,
    is_upheld boolean,
    decided_by uuid REFERENCES staff ON DELETE RESTRICT,
    decided_at timestamptz,
    decision text NOT NULL DEFAULT '',
    CHECK (until_at > barred_at),
    CHECK ((decided_at IS NOT NULL) = (is_upheld IS NOT NULL)),
    CHECK (decided_at IS NULL OR (appealed_at IS NOT NULL AND decision <> '')),
    CHECK (decided_by IS DISTINCT FROM barred_by)
);
CREATE INDEX question_bars_person ON question_bars (person_id, until_at) WHERE person_id IS NOT NULL;
CREATE INDEX question_bars_appeals ON question_bars (id) WHERE appealed_at IS NOT NULL AND decided_at IS NULL;

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('question_bars', 'row', '24 months', '限制提问及申诉的记录，期满后两年内可查', 'until_at', NULL);
