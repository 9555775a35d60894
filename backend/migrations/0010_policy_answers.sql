-- What owners say of a policy, what they were asked and left open, and the days on which they want to be reminded.

-- While set, a version is told to nobody new: too many of those whom it was said to fit said that it does not.
ALTER TABLE policy_versions ADD COLUMN pushes_paused_at timestamptz;

-- "以后再说" and "不想回答": the question is not put to this person again before that day.
CREATE TABLE policy_question_skips (
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE CASCADE,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    fact text NOT NULL,
    until date NOT NULL,
    PRIMARY KEY (enterprise_id, person_id, fact)
);
CREATE INDEX policy_question_skips_person ON policy_question_skips (person_id);

-- One row per version and enterprise, so that an enterprise counts once however many of its people say something.
-- `answered_at` is when the answer became what it is; saying it again does not move it.
CREATE TABLE policy_feedback (
    version_id uuid NOT NULL REFERENCES policy_versions ON DELETE CASCADE,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE CASCADE,
    shown_at timestamptz,
    opened_at timestamptz,
    answer text CHECK (answer IN ('fits', 'applied', 'not_for_me')),
    answered_at timestamptz,
    answered_by uuid REFERENCES persons ON DELETE RESTRICT,
    applied_at timestamptz,
    result text CHECK (result IN ('got', 'refused', 'pending')),
    PRIMARY KEY (version_id, enterprise_id),
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CHECK (result IS NULL OR applied_at IS NOT NULL),
    CHECK (answer IS DISTINCT FROM 'applied' OR applied_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX policy_feedback_answers ON policy_feedback (version_id, answered_at, answer) WHERE answer IS NOT NULL;
CREATE INDEX policy_feedback_enterprise ON policy_feedback (enterprise_id);
CREATE INDEX policy_feedback_person ON policy_feedback (answered_by) WHERE answered_by IS NOT NULL;

-- Which clauses of that version's rule an enterprise says do not apply to it; `path` as explanations name clauses.
CREATE TABLE policy_misfits (
    version_id uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    path text NOT NULL,
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 200),
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    said_at timestamptz NOT NULL,
    PRIMARY KEY (version_id, enterprise_id, path),
    FOREIGN KEY (version_id, enterprise_id) REFERENCES policy_feedback ON DELETE CASCADE
);
CREATE INDEX policy_misfits_person ON policy_misfits (person_id) WHERE person_id IS NOT NULL;

-- Each time that a version's pushes paused, with the figures that did it; answers count anew from `resumed_at`.
CREATE TABLE policy_push_pauses (
    id uuid PRIMARY KEY,
    version_id uuid NOT NULL REFERENCES policy_versions ON DELETE CASCADE,
    paused_at timestamptz NOT NULL,
    answers integer NOT NULL CHECK (answers > 0),
    fitting integer NOT NULL CHECK (fitting BETWEEN 0 AND answers),
    resumed_at timestamptz,
    resumed_by uuid,
    reason text NOT NULL DEFAULT '',
    CHECK ((resumed_at IS NULL) = (resumed_by IS NULL)),
    CHECK (resumed_at IS NULL OR reason <> '')
);
CREATE UNIQUE INDEX policy_push_pauses_open ON policy_push_pauses (version_id) WHERE resumed_at IS NULL;
CREATE INDEX policy_push_pauses_version ON policy_push_pauses (version_id, resumed_at);

-- What an owner asked to be told: that a policy's window closes, or that time has brought his enterprise to fit.
-- `due_on` was computed from `version_id`; another edition makes it anew.
CREATE TABLE policy_reminders (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE CASCADE,
    policy_id uuid NOT NULL REFERENCES policies ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('closing', 'reached')),
    days_before integer CHECK (days_before BETWEEN 1 AND 30),
    version_id uuid NOT NULL REFERENCES policy_versions ON DELETE CASCADE,
    due_on date NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'told', 'cancelled')),
    reason text NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL,
    settled_at timestamptz,
    UNIQUE (person_id, enterprise_id, policy_id, kind),
    CHECK ((kind = 'closing') = (days_before IS NOT NULL)),
    CHECK ((state = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX policy_reminders_due ON policy_reminders (due_on, id) WHERE state = 'waiting';
CREATE INDEX policy_reminders_version ON policy_reminders (version_id, id) WHERE state = 'waiting';
CREATE INDEX policy_reminders_enterprise ON policy_reminders (enterprise_id);
CREATE INDEX policy_reminders_policy ON policy_reminders (policy_id);

-- Showings are the most rows of all: what a version that is over was shown, said and counted goes after its use.
INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('policy_feedback', 'row', '18 months', '政策结束后不再统计精准度', 'shown_at',
     'version_id IN (SELECT id FROM policy_versions WHERE state = ''published'')'),
    ('policy_reminders', 'row', '180 days', '已提醒或取消的提醒只用于查询', 'settled_at', 'settled_at IS NULL'),
    ('policy_question_skips', 'row', '30 days', '过期的“以后再说”已无用', 'until', NULL);
