-- Cases: one number, one timeline and one clock for whatever was asked, in any module.

-- What can be asked and how long it may take: working days to accept, to a first answer, to a solution; `statutory_days`
-- with its `basis` where a law says one; `pause_days` caps all pauses of a case together. Values, not truths: staff edit
-- them, and a case keeps the ones it began with (`cases.terms`). A tree by `parent`; leaves are chosen.
CREATE TABLE case_categories (
    key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_]{1,40}$'),
    parent text REFERENCES case_categories ON DELETE RESTRICT,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 30),
    hint text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('consult', 'help', 'suggestion', 'complaint', 'service')),
    accept_days smallint NOT NULL CHECK (accept_days BETWEEN 1 AND 30),
    answer_days smallint NOT NULL CHECK (answer_days BETWEEN 1 AND 90),
    solution_days smallint NOT NULL CHECK (solution_days BETWEEN 1 AND 180 AND solution_days >= answer_days),
    statutory_days smallint CHECK (statutory_days BETWEEN 1 AND 365),
    basis text NOT NULL DEFAULT '',
    pause_days smallint NOT NULL CHECK (pause_days BETWEEN 0 AND 180),
    skill text,
    is_for_owners boolean NOT NULL DEFAULT FALSE,
    position smallint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    closed_at timestamptz,
    CHECK (statutory_days IS NULL OR basis <> '')
);

-- Which unit looks after a category in a place: the longest code that a case's district begins with, '' for the whole city.
CREATE TABLE case_routes (
    category text NOT NULL REFERENCES case_categories ON DELETE RESTRICT,
    district text NOT NULL DEFAULT '',
    unit_id uuid NOT NULL REFERENCES units ON DELETE RESTRICT,
    PRIMARY KEY (category, district)
);

-- `origin`, `origin_id`: the module that asks and its thing; a twin of the same origin opens nothing.
-- `answerable_id` is the first receiver, who answers for the case until another has accepted it (首接负责); `offered_to`
-- is whoever it was handed to and has not accepted. Due columns are what the clocks read from the log of events say;
-- `alarm_at` is when a running clock next reaches a level. `version` is what If-Match names.
CREATE TABLE cases (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    origin text NOT NULL CHECK (origin <> ''),
    origin_id uuid NOT NULL,
    category text NOT NULL REFERENCES case_categories ON DELETE RESTRICT,
    channel text NOT NULL CHECK (channel IN ('mini_program', 'counter', 'phone', 'visit', 'staff', 'system')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 60),
    body text NOT NULL CHECK (length(body) <= 4000),
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    enterprise_id uuid REFERENCES enterprises ON DELETE RESTRICT,
    district text,
    urgency text NOT NULL CHECK (urgency IN ('normal', 'urgent', 'critical')),
    state text NOT NULL CHECK (state IN ('received', 'assigned', 'in_progress', 'waiting_for_owner', 'answered',
                                         'reopened', 'transferred', 'merged', 'declined', 'closed_confirmed',
                                         'closed_by_silence', 'closed_by_decision')),
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    handler_id uuid REFERENCES staff ON DELETE RESTRICT,
    answerable_id uuid REFERENCES staff ON DELETE RESTRICT,
    offered_to uuid REFERENCES staff ON DELETE RESTRICT,
    hand_overs smallint NOT NULL DEFAULT 0 CHECK (hand_overs >= 0),
    refusals smallint NOT NULL DEFAULT 0 CHECK (refusals >= 0),
    terms jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    promised_on date,
    accept_due_at timestamptz,
    answer_due_at timestamptz,
    solution_due_at timestamptz,
    statutory_due_at timestamptz,
    accepted_at timestamptz,
    answered_at timestamptz,
    due_at timestamptz,
    alarm_at timestamptz,
    is_paused boolean NOT NULL DEFAULT FALSE,
    is_provisional boolean NOT NULL DEFAULT FALSE,
    supervised_at timestamptz,
    merged_into uuid REFERENCES cases ON DELETE RESTRICT,
    closed_at timestamptz,
    moved_at timestamptz NOT NULL,
    opened_by_kind text NOT NULL,
    opened_by uuid,
    version bigint NOT NULL DEFAULT 1,
    search text GENERATED ALWAYS AS (lower(number || ' ' || title || ' ' || body)) STORED,
    UNIQUE (origin, origin_id),
    CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
    CHECK ((state IN ('closed_confirmed', 'closed_by_silence', 'closed_by_decision', 'declined')) = (closed_at IS NOT NULL)),
    CHECK (handler_id IS NOT NULL OR state NOT IN ('in_progress', 'waiting_for_owner'))
);
CREATE INDEX cases_person ON cases (person_id, id) WHERE person_id IS NOT NULL;
CREATE INDEX cases_enterprise ON cases (enterprise_id, id) WHERE enterprise_id IS NOT NULL;
CREATE INDEX cases_alarm ON cases (alarm_at) WHERE alarm_at IS NOT NULL;
CREATE INDEX cases_handler ON cases (handler_id, due_at, id) WHERE closed_at IS NULL AND merged_into IS NULL;
CREATE INDEX cases_unit ON cases (unit_id, due_at, id) WHERE closed_at IS NULL AND merged_into IS NULL;
CREATE INDEX cases_due ON cases (due_at, id) WHERE closed_at IS NULL AND merged_into IS NULL;
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX cases_search ON cases USING gin (search gin_trgm_ops);

-- The log: what owner and staff both read, and all that a clock knows. Append-only but for the words of an erased person.
-- `version` is the case's own after the command that wrote it, so that "what changed since" can be told.
CREATE TABLE case_events (
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    seq integer NOT NULL CHECK (seq >= 1),
    at timestamptz NOT NULL,
    kind text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    body text NOT NULL DEFAULT '' CHECK (length(body) <= 4000),
    data jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL,
    PRIMARY KEY (case_id, seq)
);
CREATE FUNCTION case_events_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.case_id, OLD.seq, OLD.at, OLD.kind) IS DISTINCT FROM (NEW.case_id, NEW.seq, NEW.at, NEW.kind)
    THEN
        RAISE EXCEPTION 'what happened to a case stays written';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER case_events_stay BEFORE UPDATE OR DELETE ON case_events FOR EACH ROW EXECUTE FUNCTION case_events_stay();

-- What an answer or a refusal rests on: a rule's version, an article, a law.
CREATE TABLE case_citations (
    case_id uuid NOT NULL,
    seq integer NOT NULL,
    position smallint NOT NULL CHECK (position >= 1),
    source text NOT NULL CHECK (source IN ('policies', 'knowledge', 'law')),
    ref_id uuid,
    ref_version uuid,
    words text NOT NULL CHECK (length(words) BETWEEN 1 AND 300),
    PRIMARY KEY (case_id, seq, position),
    FOREIGN KEY (case_id, seq) REFERENCES case_events ON DELETE RESTRICT,
    CHECK ((source = 'law') = (ref_id IS NULL))
);
CREATE INDEX case_citations_ref ON case_citations (source, ref_id) WHERE ref_id IS NOT NULL;
CREATE INDEX case_citations_version ON case_citations (ref_version) WHERE ref_version IS NOT NULL;

-- What is missing, told once (一次性告知): a second list wants a reason, and is counted.
CREATE TABLE case_requests (
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    nr smallint NOT NULL CHECK (nr >= 1),
    items jsonb NOT NULL,
    reason text NOT NULL DEFAULT '',
    made_by uuid,
    made_at timestamptz NOT NULL,
    supplied_at timestamptz,
    PRIMARY KEY (case_id, nr),
    CHECK (nr = 1 OR reason <> '')
);

-- Files of the shared timeline, by the event that brought them.
CREATE TABLE case_files (
    case_id uuid NOT NULL,
    seq integer NOT NULL,
    file_id uuid NOT NULL REFERENCES files ON DELETE RESTRICT,
    PRIMARY KEY (case_id, file_id),
    FOREIGN KEY (case_id, seq) REFERENCES case_events ON DELETE RESTRICT
);
CREATE INDEX case_files_file ON case_files (file_id);

-- What staff note among themselves; no owner's query may name this table.
CREATE TABLE case_notes (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    staff_id uuid REFERENCES staff ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    kind text NOT NULL DEFAULT 'note',
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    data jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX case_notes_case ON case_notes (case_id, id);

-- Who besides the handler works on a case; he sees it whatever his grants.
CREATE TABLE case_helpers (
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    since timestamptz NOT NULL,
    added_by uuid,
    ended_at timestamptz,
    PRIMARY KEY (case_id, staff_id)
);
CREATE INDEX case_helpers_staff ON case_helpers (staff_id) WHERE ended_at IS NULL;

-- Which level (percent) of which clock was told, so that a missed tick is made up for and nothing is told twice.
CREATE TABLE case_alarms (
    case_id uuid NOT NULL REFERENCES cases ON DELETE RESTRICT,
    clock text NOT NULL CHECK (clock IN ('accept', 'answer', 'solution', 'promise')),
    round smallint NOT NULL DEFAULT 0,
    level smallint NOT NULL CHECK (level IN (50, 80, 100)),
    at timestamptz NOT NULL,
    PRIMARY KEY (case_id, clock, round, level)
);

-- The days are the hotline's usual ones (consult 1, help and suggestion 5, complaint 15): values of this office, to be edited.
INSERT INTO case_categories
    (key, parent, title, hint, kind, accept_days, answer_days, solution_days, pause_days, skill, is_for_owners, position)
VALUES
    ('consult', NULL, '咨询', '', 'consult', 1, 1, 1, 5, NULL, FALSE, 10),
    ('consult_policy', 'consult', '政策咨询', '政策适不适用、怎么申报', 'consult', 1, 1, 1, 5, 'policy', TRUE, 11),
    ('consult_registration', 'consult', '登记注册', '开办、变更、注销、个转企', 'consult', 1, 1, 1, 5, 'registration', TRUE, 12),
    ('consult_licence', 'consult', '许可和年报', '许可证、年度报告、信用修复', 'consult', 1, 1, 1, 5, 'licence', TRUE, 13),
    ('consult_quality', 'consult', '质量和标准', '质量、标准、计量、认证、检验检测', 'consult', 1, 1, 1, 5, 'quality', TRUE, 14),
    ('consult_ip', 'consult', '知识产权', '商标、专利、质押', 'consult', 1, 1, 1, 5, 'ip', TRUE, 15),
    ('help', NULL, '求助', '', 'help', 1, 3, 5, 10, NULL, FALSE, 20),
    ('help_financing', 'help', '融资困难', '贷款、续贷、担保方面的困难', 'help', 1, 3, 5, 10, 'finance', TRUE, 21),
    ('help_operation', 'help', '经营困难', '用工、场地、成本、销路等困难', 'help', 1, 3, 5, 10, 'operation', TRUE, 22),
    ('help_rights', 'help', '权益受损', '拖欠账款、侵权、不公平竞争', 'help', 1, 3, 5, 10, 'rights', TRUE, 23),
    ('help_other', 'help', '其他求助', '', 'help', 1, 3, 5, 10, NULL, TRUE, 29),
    ('suggestion', NULL, '建议', '', 'suggestion', 1, 3, 5, 10, NULL, FALSE, 30),
    ('suggestion_service', 'suggestion', '对服务的建议', '', 'suggestion', 1, 3, 5, 10, NULL, TRUE, 31),
    ('complaint', NULL, '投诉', '', 'complaint', 1, 5, 15, 20, NULL, FALSE, 40),
    ('complaint_service', 'complaint', '对办理和服务不满', '', 'complaint', 1, 5, 15, 20, 'complaint', TRUE, 41),
    ('complaint_burden', 'complaint', '乱检查、乱收费', '', 'complaint', 1, 5, 15, 20, 'complaint', TRUE, 42),
    ('service', NULL, '服务事项', '', 'service', 1, 3, 5, 10, NULL, FALSE, 50),
    ('service_promise', 'service', '走访承诺', '走访时答应办的事', 'service', 1, 3, 5, 10, NULL, FALSE, 51),
    ('service_need', 'service', '调查中的需求', '需求调查里写下的需要', 'service', 1, 3, 5, 10, NULL, FALSE, 52);
