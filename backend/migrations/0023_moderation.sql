-- What an owner wrote or photographed is checked before anybody but staff and himself sees it.

-- One thing to be checked, of whatever capability: it passes, or staff decide. `district` says whose queue it comes to.
CREATE TABLE moderation_subjects (
    id uuid PRIMARY KEY,
    origin text NOT NULL,
    origin_id uuid NOT NULL,
    person_id uuid,
    district text,
    scene smallint NOT NULL CHECK (scene BETWEEN 1 AND 4),
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'passed', 'held', 'released', 'refused', 'withdrawn')),
    why text,
    reason text,
    decided_by uuid,
    created_at timestamptz NOT NULL,
    held_at timestamptz,
    decided_at timestamptz,
    UNIQUE (origin, origin_id),
    CHECK ((decided_at IS NOT NULL) = (state NOT IN ('waiting', 'held'))),
    CHECK ((state IN ('released', 'refused')) = (decided_by IS NOT NULL)),
    CHECK (decided_by IS NULL OR reason <> '')
);
CREATE INDEX moderation_held ON moderation_subjects (id) WHERE state = 'held';
CREATE INDEX moderation_decided ON moderation_subjects (decided_at) WHERE decided_at IS NOT NULL;
CREATE INDEX moderation_of_person ON moderation_subjects (person_id) WHERE person_id IS NOT NULL;

-- Its pieces: a text or a picture each. `waiting` to be sent, `asked` for a picture whose verdict comes by a push.
-- `next_at` is when it is due: to be sent, to be sent again, or to be given up as unanswered.
CREATE TABLE moderation_parts (
    id uuid PRIMARY KEY,
    subject_id uuid NOT NULL REFERENCES moderation_subjects ON DELETE CASCADE,
    position smallint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('text', 'media')),
    file_id uuid,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'asked', 'passed', 'held', 'withdrawn')),
    trace_id text,
    suggest text,
    label integer,
    errcode integer,
    tries smallint NOT NULL DEFAULT 0,
    next_at timestamptz,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    UNIQUE (subject_id, position),
    CHECK ((kind = 'media') = (file_id IS NOT NULL)),
    CHECK ((next_at IS NOT NULL) = (state IN ('waiting', 'asked')))
);
CREATE INDEX moderation_due ON moderation_parts (kind, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX moderation_asked ON moderation_parts (trace_id) WHERE state = 'asked';

-- The words themselves, apart from the facts about them: they go when they pass, and 30 days after staff refused them.
CREATE TABLE moderation_words (
    part_id uuid PRIMARY KEY REFERENCES moderation_parts ON DELETE CASCADE,
    body text NOT NULL,
    over_at timestamptz
);
CREATE INDEX moderation_words_over ON moderation_words (over_at) WHERE over_at IS NOT NULL;

-- Verdicts on pictures as they were pushed: one may be here before we have written down what we asked.
CREATE TABLE moderation_verdicts (
    trace_id text PRIMARY KEY,
    errcode integer NOT NULL,
    suggest text NOT NULL,
    label integer NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX moderation_verdicts_at ON moderation_verdicts (at);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('moderation_words', 'row', '30 days', '未通过或者已撤回的文字留作核对，通过的随即删除', 'over_at', 'over_at IS NULL'),
    ('moderation_verdicts', 'row', '7 days', '图片检测结果已记入送检记录', 'at', NULL),
    ('moderation_subjects', 'row', '12 months', '内容安全检查和人工处理的记录', 'decided_at', 'decided_at IS NULL');
