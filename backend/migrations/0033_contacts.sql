-- The ledger of contacts (入企次数账本): every contact of any unit with an enterprise, and how many a year may be.

-- What a contact can be. A service is never an inspection: each kind belongs to one side for good, and whatever names a
-- kind names its side with it. `is_counted`: it uses up the year's ceiling; what is only listed is a setting.
CREATE TABLE contact_kinds (
    key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_]{0,40}$'),
    side text NOT NULL CHECK (side IN ('service', 'inspection')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 20),
    is_counted boolean NOT NULL,
    position integer NOT NULL,
    UNIQUE (key, side)
);
INSERT INTO contact_kinds (key, side, title, is_counted, position) VALUES
    ('visit', 'service', '上门走访', TRUE, 10), ('policy_talk', 'service', '上门政策讲解', TRUE, 20),
    ('office', 'service', '到窗口面谈', FALSE, 30), ('phone', 'service', '电话', FALSE, 40),
    ('video', 'service', '视频', FALSE, 50),
    ('routine', 'inspection', '日常检查', TRUE, 110), ('random', 'inspection', '双随机抽查', TRUE, 120),
    ('special', 'inspection', '专项检查', TRUE, 130), ('complaint', 'inspection', '投诉举报核查', FALSE, 140),
    ('follow_up', 'inspection', '整改复查', FALSE, 150);

-- Days within which two units' plans propose a merge; within which a contact is entered without being marked; for which
-- a second signature holds.
CREATE TABLE contact_settings (
    is_only boolean PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    merge_days integer NOT NULL CHECK (merge_days BETWEEN 1 AND 90),
    late_days integer NOT NULL CHECK (late_days BETWEEN 1 AND 60),
    signed_days integer NOT NULL CHECK (signed_days BETWEEN 1 AND 90),
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO contact_settings (merge_days, late_days, signed_days) VALUES (15, 10, 30);

-- How many a year (NULL: no ceiling). '' means any; a row that names a class counts before one that names a size, both
-- before either. The city has published no figures of its own that we know: all are settings, `ground` says whose.
CREATE TABLE contact_ceilings (
    side text NOT NULL CHECK (side IN ('service', 'inspection')),
    credit_class text NOT NULL DEFAULT '' CHECK (credit_class IN ('', 'A', 'B', 'C', 'D')),
    size text NOT NULL DEFAULT '' CHECK (size IN ('', 'micro', 'small', 'medium', 'large')),
    per_year integer CHECK (per_year BETWEEN 0 AND 365),
    ground text NOT NULL CHECK (length(ground) BETWEEN 1 AND 200),
    PRIMARY KEY (side, credit_class, size)
);
INSERT INTO contact_ceilings (side, credit_class, per_year, ground) VALUES
    ('service', '', 4, '设定值：国家和本市未规定走访次数，按本单位工作安排调整'),
    ('inspection', '', 2, '设定值：国办发〔2024〕54号要求公布年度频次上限，以本市公布的为准'),
    ('inspection', 'A', 1, '设定值：参照信用风险分类监管的外地做法，以本市公布的为准'),
    ('inspection', 'B', 1, '设定值：参照信用风险分类监管的外地做法，以本市公布的为准'),
    ('inspection', 'C', 2, '设定值：参照信用风险分类监管的外地做法，以本市公布的为准'),
    ('inspection', 'D', NULL, '设定值：参照信用风险分类监管的外地做法（按需），以本市公布的为准');

-- A further one beyond the ceiling: asked for in writing, signed or refused by a second person, used once.
CREATE TABLE contact_approvals (
    id uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    side text NOT NULL CHECK (side IN ('service', 'inspection')),
    year integer NOT NULL,
    district text,
    unit_id uuid,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    state text NOT NULL CHECK (state IN ('asked', 'signed', 'refused', 'used', 'lapsed')),
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by uuid CHECK (decided_by <> requested_by),
    decided_at timestamptz,
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 500),
    holds_until timestamptz,
    used_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    CHECK (state NOT IN ('signed', 'refused', 'used') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
    CHECK (state <> 'signed' OR holds_until IS NOT NULL),
    CHECK ((state = 'used') = (used_at IS NOT NULL))
);
CREATE UNIQUE INDEX contact_approvals_asked ON contact_approvals (enterprise_id, side, year, requested_by)
    WHERE state IN ('asked', 'signed');
CREATE INDEX contact_approvals_open ON contact_approvals (state, id);

-- Who of the bureau's side plans to come, and when. A visit writes its own plan (`origin`), an inspection has none.
CREATE TABLE contact_plans (
    id uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    side text NOT NULL,
    kind text NOT NULL,
    origin text CHECK (origin <> ''),
    origin_id uuid,
    on_day date NOT NULL,
    year integer GENERATED ALWAYS AS (extract(year FROM on_day)) STORED,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    legal_basis text NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 300),
    district text,
    unit_id uuid,
    staff_id uuid,
    is_counted boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'done', 'merged', 'gone')),
    approval_id uuid UNIQUE REFERENCES contact_approvals ON DELETE SET NULL,
    planned_by uuid,
    planned_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 500),
    version bigint NOT NULL DEFAULT 1,
    FOREIGN KEY (kind, side) REFERENCES contact_kinds (key, side) ON DELETE RESTRICT,
    CHECK ((side = 'service') = (origin IS NOT NULL)),
    CHECK ((origin IS NULL) = (origin_id IS NULL)),
    CHECK ((state = 'planned') = (ended_at IS NULL)),
    UNIQUE (origin, origin_id, enterprise_id)
);
CREATE INDEX contact_plans_live ON contact_plans (enterprise_id, year, side) WHERE state = 'planned';
CREATE INDEX contact_plans_days ON contact_plans (on_day, id) WHERE state = 'planned';

-- What took place. `is_wished`: the enterprise itself asked for it, which uses up no ceiling. `is_late`: entered later
-- than the setting allows without a mark. Nothing is deleted: what is wrong is struck out with a reason, and what is
-- entered in its place names it.
CREATE TABLE contacts (
    id uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    side text NOT NULL,
    kind text NOT NULL,
    origin text CHECK (origin <> ''),
    origin_id uuid,
    on_day date NOT NULL,
    year integer GENERATED ALWAYS AS (extract(year FROM on_day)) STORED,
    at timestamptz,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    legal_basis text NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 300),
    outcome text NOT NULL DEFAULT '' CHECK (length(outcome) <= 1000),
    district text,
    unit_id uuid,
    is_counted boolean NOT NULL,
    is_wished boolean NOT NULL DEFAULT FALSE,
    is_late boolean NOT NULL DEFAULT FALSE,
    replaces uuid UNIQUE REFERENCES contacts ON DELETE SET NULL,
    noted_by_kind text NOT NULL,
    noted_by uuid,
    noted_at timestamptz NOT NULL,
    struck_at timestamptz,
    struck_by uuid,
    strike_reason text NOT NULL DEFAULT '' CHECK (length(strike_reason) <= 500),
    objected_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    FOREIGN KEY (kind, side) REFERENCES contact_kinds (key, side) ON DELETE RESTRICT,
    CHECK ((side = 'service') = (origin IS NOT NULL)),
    CHECK ((origin IS NULL) = (origin_id IS NULL)),
    CHECK ((side = 'inspection') = (outcome <> '')),
    CHECK (side = 'service' OR NOT is_wished),
    CHECK ((struck_at IS NULL) = (strike_reason = ''))
);
-- However many units come together, it is one contact.
CREATE UNIQUE INDEX contacts_once ON contacts (origin, origin_id, enterprise_id) WHERE struck_at IS NULL;
CREATE INDEX contacts_enterprise ON contacts (enterprise_id, year, side);
CREATE INDEX contacts_days ON contacts (on_day, id);
CREATE INDEX contacts_year ON contacts (year, side, enterprise_id) WHERE struck_at IS NULL AND is_counted AND NOT is_wished;

-- Who came, by the names that people and units had then.
CREATE TABLE contact_people (
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    place integer NOT NULL CHECK (place > 0),
    staff_id uuid NOT NULL,
    name text NOT NULL,
    unit_id uuid,
    unit text,
    PRIMARY KEY (contact_id, place),
    UNIQUE (contact_id, staff_id)
);
CREATE INDEX contact_people_unit ON contact_people (unit_id, contact_id);

-- Two plans of two units for one enterprise and side within some days: proposed once, whatever comes of it.
CREATE TABLE contact_merges (
    id uuid PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    first_id uuid NOT NULL REFERENCES contact_plans ON DELETE CASCADE,
    second_id uuid NOT NULL REFERENCES contact_plans ON DELETE CASCADE CHECK (first_id < second_id),
    state text NOT NULL CHECK (state IN ('proposed', 'merged', 'declined', 'over')),
    proposed_at timestamptz NOT NULL,
    first_by uuid,
    first_at timestamptz,
    second_by uuid,
    second_at timestamptz,
    declined_by uuid,
    decline_reason text NOT NULL DEFAULT '' CHECK (length(decline_reason) <= 500),
    ended_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (first_id, second_id),
    CHECK ((state = 'proposed') = (ended_at IS NULL)),
    CHECK (state <> 'merged' OR (first_at IS NOT NULL AND second_at IS NOT NULL)),
    CHECK ((state = 'declined') = (decline_reason <> ''))
);
CREATE INDEX contact_merges_open ON contact_merges (id) WHERE state = 'proposed';
CREATE INDEX contact_merges_second ON contact_merges (second_id);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('contacts', 'row', '60 months', '入企次数账本备查，与走访记录同期；同去人员随之删除', 'on_day', NULL),
    ('contact_plans', 'row', '60 months', '入企计划备查，与账本同期；合并提议随之删除', 'on_day', 'state = ''planned'''),
    ('contact_approvals', 'row', '60 months', '超出年度上限的理由和第二人签字备查，与账本同期', 'requested_at', NULL);
