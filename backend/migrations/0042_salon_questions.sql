-- What is asked at a salon, before, during and after; each becomes a case. And the minutes.

ALTER TABLE salons ADD COLUMN minutes text NOT NULL DEFAULT '' CHECK (length(minutes) <= 10000);
ALTER TABLE salons ADD COLUMN minutes_at timestamptz;

CREATE TABLE salon_questions (
    id uuid PRIMARY KEY,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    phase text NOT NULL CHECK (phase IN ('before', 'during', 'after')),
    body text NOT NULL CHECK (length(body) <= 500),
    state text NOT NULL DEFAULT 'checking' CHECK (state IN ('checking', 'held', 'shown', 'refused')),
    reason text NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL,
    spoken_answer text NOT NULL DEFAULT '' CHECK (length(spoken_answer) <= 1000),
    spoken_at timestamptz,
    spoken_by uuid REFERENCES staff ON DELETE RESTRICT,
    CHECK ((spoken_at IS NULL) = (spoken_answer = ''))
);
CREATE INDEX salon_questions_salon ON salon_questions (salon_id, asked_at, id);
CREATE INDEX salon_questions_person ON salon_questions (person_id, salon_id);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('salon_questions', 'row', '60 months', '沙龙上的提问与其事项同期保存', 'asked_at', NULL);
