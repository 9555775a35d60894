-- Surveys (需求调查): questions to many, one answer an enterprise, results that tell nobody's own.

-- `rule` picks whom it is for, `reason` is what they read about why. `questions` are those of
-- backend/questions/surveys/content.py. `version` counts every change and is what If-Match names. `follows`: the round
-- before, whose text this one began with. The moves of `state` are backend/questions/surveys/states.py.
CREATE TABLE surveys (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    version bigint NOT NULL DEFAULT 1,
    state text NOT NULL CHECK (state IN ('draft', 'in_review', 'released', 'closed', 'withdrawn')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 40),
    intro text NOT NULL CHECK (length(intro) <= 1000),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    rule jsonb NOT NULL,
    questions jsonb NOT NULL CHECK (jsonb_typeof(questions) = 'array'),
    opens_on date NOT NULL,
    closes_on date NOT NULL,
    follows uuid REFERENCES surveys ON DELETE RESTRICT,
    author_id uuid,
    edited_by uuid,
    reviewer_id uuid,
    sent_back text NOT NULL DEFAULT '',
    end_reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    edited_at timestamptz NOT NULL,
    submitted_at timestamptz,
    released_at timestamptz,
    ended_at timestamptz,
    CHECK (closes_on >= opens_on),
    CONSTRAINT surveys_four_eyes CHECK (reviewer_id <> author_id AND reviewer_id <> edited_by),
    CHECK (state <> 'in_review' OR submitted_at IS NOT NULL),
    CHECK ((state IN ('released', 'closed', 'withdrawn')) = (released_at IS NOT NULL)),
    CHECK ((state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL))
);
CREATE INDEX surveys_follows ON surveys (follows) WHERE follows IS NOT NULL;
CREATE INDEX surveys_released ON surveys (closes_on) WHERE state = 'released';

-- What was released is what is answered: whoever wants other questions begins another round.
CREATE FUNCTION released_surveys_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL AND (
        (OLD.title, OLD.intro, OLD.reason, OLD.rule, OLD.questions, OLD.opens_on, OLD.closes_on, OLD.released_at)
        IS DISTINCT FROM
        (NEW.title, NEW.intro, NEW.reason, NEW.rule, NEW.questions, NEW.opens_on, NEW.closes_on, NEW.released_at)
    ) THEN
        RAISE EXCEPTION 'a released survey stays as it was released';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER released_surveys_stay BEFORE UPDATE ON surveys
    FOR EACH ROW EXECUTE FUNCTION released_surveys_stay();

-- One row an enterprise: what it is writing (`draft`), what it has handed in (`answers`). Ids are random, so that no
-- order tells who answered when. `district` and `size` as they were when it first answered: a change of facts moves
-- nobody from one cell of the results to another. `writes` counts how often `answers` were written, last at `written_at`.
CREATE TABLE survey_answers (
    id uuid PRIMARY KEY,
    survey_id uuid NOT NULL REFERENCES surveys ON DELETE RESTRICT,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    draft jsonb,
    answers jsonb,
    district text,
    size text,
    writes integer NOT NULL DEFAULT 0 CHECK (writes >= 0),
    answered_by uuid REFERENCES persons ON DELETE RESTRICT,
    saved_at timestamptz NOT NULL,
    answered_at timestamptz,
    written_at timestamptz,
    UNIQUE (survey_id, enterprise_id),
    CHECK (draft IS NOT NULL OR answers IS NOT NULL),
    CHECK ((answers IS NULL) = (answered_at IS NULL)),
    CHECK ((answers IS NULL) = (written_at IS NULL)),
    CHECK ((answers IS NULL) = (writes = 0))
) WITH (fillfactor = 80);
CREATE INDEX survey_answers_enterprise ON survey_answers (enterprise_id);
CREATE INDEX survey_answers_person ON survey_answers (answered_by) WHERE answered_by IS NOT NULL;
CREATE INDEX survey_answers_counted ON survey_answers (survey_id, written_at) WHERE answers IS NOT NULL;

-- Whom a survey is put to, as its lists were frozen; `told_at` when the person was told of it.
CREATE TABLE survey_invited (
    survey_id uuid NOT NULL REFERENCES surveys ON DELETE RESTRICT,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE CASCADE,
    invited_at timestamptz NOT NULL,
    told_at timestamptz,
    PRIMARY KEY (survey_id, person_id, enterprise_id)
) WITH (fillfactor = 80);
CREATE INDEX survey_invited_person ON survey_invited (person_id);
CREATE INDEX survey_invited_enterprise ON survey_invited (enterprise_id, survey_id);

-- The results that are shown, and the next ones, which wait until enough others have answered: see results.py.
CREATE TABLE survey_results (
    survey_id uuid PRIMARY KEY REFERENCES surveys ON DELETE RESTRICT,
    shown jsonb,
    shown_at timestamptz,
    waiting jsonb,
    waiting_at timestamptz,
    is_final boolean NOT NULL DEFAULT FALSE,
    CHECK ((shown IS NULL) = (shown_at IS NULL)),
    CHECK ((waiting IS NULL) = (waiting_at IS NULL))
);

-- Words of an answer that became a case, each once; the case names this row as its origin.
CREATE TABLE survey_needs (
    id uuid PRIMARY KEY,
    answer_id uuid NOT NULL REFERENCES survey_answers ON DELETE CASCADE,
    question text NOT NULL,
    opened_by uuid,
    opened_at timestamptz NOT NULL,
    UNIQUE (answer_id, question)
);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('survey_answers', 'row', '3 years', '答卷用于历次需求调查的对比，结果公布后不再需要单份答卷', 'saved_at',
     'survey_id IN (SELECT id FROM surveys WHERE state = ''released'')'),
    ('survey_invited', 'row', '13 months', '名单只用于通知、提醒和说明为何收到', 'invited_at',
     'survey_id IN (SELECT id FROM surveys WHERE state = ''released'')');
