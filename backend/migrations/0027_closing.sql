-- How a case ends: reached, confirmed or refused, rated, put right; and a receipt for whoever has no account.

-- `reached_at`: when the answer that stands is known to have reached its owner; silence counts from it alone:
-- `remind_at` asks him once more, at `silence_at` the case closes. `awaits_decision`: the next word is a superior's.
-- `invite_at`: when an unrated case asks for a rating.
ALTER TABLE cases
    ADD COLUMN reached_at timestamptz,
    ADD COLUMN remind_at timestamptz,
    ADD COLUMN silence_at timestamptz,
    ADD COLUMN awaits_decision boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN invite_at timestamptz,
    ADD CONSTRAINT cases_silence CHECK (silence_at IS NULL OR (reached_at IS NOT NULL AND state = 'answered'));
CREATE INDEX cases_remind ON cases (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX cases_silence ON cases (silence_at) WHERE silence_at IS NOT NULL;
CREATE INDEX cases_invite ON cases (invite_at) WHERE invite_at IS NOT NULL;
CREATE INDEX cases_not_reached ON cases (answered_at, id) WHERE state = 'answered' AND reached_at IS NULL;
CREATE INDEX cases_awaiting ON cases (moved_at, id) WHERE awaits_decision;

-- What proves that an answer reached its owner: he opened it, was called (with what was said), or was handed it.
CREATE TABLE case_reaches (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    how text NOT NULL CHECK (how IN ('opened', 'call', 'counter')),
    at timestamptz NOT NULL,
    staff_id uuid REFERENCES staff ON DELETE RESTRICT,
    note text NOT NULL DEFAULT '',
    CHECK ((how = 'opened') = (staff_id IS NULL)),
    CHECK (how = 'opened' OR note <> '')
);
CREATE INDEX case_reaches_case ON case_reaches (case_id, at);

-- 好差评: five levels from 1 (非常不满意) to 5 (非常满意), one later addition. `set_aside`: an appeal against it was upheld.
CREATE TABLE case_ratings (
    case_id uuid PRIMARY KEY REFERENCES cases ON DELETE RESTRICT,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 5),
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 500),
    person_id uuid,
    rated_at timestamptz NOT NULL,
    later_level smallint CHECK (later_level BETWEEN 1 AND 5),
    later_words text NOT NULL DEFAULT '' CHECK (length(later_words) <= 500),
    added_at timestamptz,
    appeal text NOT NULL DEFAULT '',
    appealed_by uuid REFERENCES staff ON DELETE RESTRICT,
    appealed_at timestamptz,
    verdict text NOT NULL DEFAULT '',
    decided_by uuid REFERENCES staff ON DELETE RESTRICT,
    decided_at timestamptz,
    set_aside boolean NOT NULL DEFAULT FALSE,
    CHECK ((added_at IS NULL) = (later_level IS NULL)),
    CHECK ((appealed_at IS NULL) = (appeal = '')),
    CHECK (decided_at IS NULL OR (appealed_at IS NOT NULL AND verdict <> '' AND decided_by <> appealed_by)),
    CHECK (NOT set_aside OR decided_at IS NOT NULL)
);
CREATE INDEX case_ratings_appeals ON case_ratings (appealed_at) WHERE appealed_at IS NOT NULL AND decided_at IS NULL;

-- What a bad rating asks of the bureau: a call back, and putting it right. Done by whoever did not cause it, resp. by him.
-- `round`: 0 for the rating, 1 for its addition.
CREATE TABLE case_tasks (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    kind text NOT NULL CHECK (kind IN ('call_back', 'rectification')),
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'cancelled')),
    tries smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
    result text NOT NULL DEFAULT '',
    done_by uuid REFERENCES staff ON DELETE RESTRICT,
    ended_at timestamptz,
    overdue_told_at timestamptz,
    round smallint NOT NULL DEFAULT 0,
    UNIQUE (case_id, kind, round),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK (state <> 'done' OR (result <> '' AND done_by IS NOT NULL))
);
CREATE INDEX case_tasks_open ON case_tasks (due_at) WHERE state = 'open';

-- For whoever has no account: number and code on paper, with which he later takes the case into his own list.
CREATE TABLE case_receipts (
    case_id uuid PRIMARY KEY REFERENCES cases ON DELETE RESTRICT,
    code_hash bytea NOT NULL,
    made_by uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0,
    claimed_by uuid REFERENCES persons ON DELETE RESTRICT,
    claimed_at timestamptz
);
CREATE INDEX case_receipts_person ON case_receipts (claimed_by) WHERE claimed_by IS NOT NULL;

-- Whom a matter without an account is for, as he told it at the counter or on the phone; the row's id is the case's.
CREATE TABLE case_contacts (
    id uuid PRIMARY KEY REFERENCES cases ON DELETE RESTRICT,
    name_sealed bytea NOT NULL,
    phone_sealed bytea,
    taken_by uuid REFERENCES staff ON DELETE RESTRICT,
    taken_at timestamptz NOT NULL
);
INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('case_contacts', 'row', '2 years', '没有账号的经营者的联系方式，只用于办理和回访', 'taken_at',
     'EXISTS (SELECT FROM cases c WHERE c.id = case_contacts.id AND c.closed_at IS NULL)');
