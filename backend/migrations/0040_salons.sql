-- Salons: what is held when and for whom, seats that nobody can give away twice, sign-ups and their waiting list.

CREATE TABLE salon_series (
    id uuid PRIMARY KEY,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 40),
    intro text NOT NULL DEFAULT '' CHECK (length(intro) <= 1000),
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    district text,
    is_open boolean NOT NULL DEFAULT TRUE,
    version bigint NOT NULL DEFAULT 1,
    created_by uuid,
    created_at timestamptz NOT NULL
);

-- `rule` and `reason`: whom it is for and why they are invited; `is_limited`: nobody else may sign up.
-- `schedule_id` is the subject of what is told of this time and place: a new one with every change of them.
CREATE TABLE salons (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    series_id uuid REFERENCES salon_series ON DELETE RESTRICT,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 40),
    topic text NOT NULL CHECK (topic ~ '^[a-z][a-z0-9_]{0,40}$'),
    intro text NOT NULL DEFAULT '' CHECK (length(intro) <= 4000),
    organisers text[] NOT NULL DEFAULT '{}' CHECK (cardinality(organisers) <= 10),
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    district text,
    address text NOT NULL DEFAULT '' CHECK (length(address) <= 200),
    online_url text NOT NULL DEFAULT '' CHECK (length(online_url) <= 500),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '14 days'),
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL CHECK (closes_at > opens_at AND closes_at <= ends_at),
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'published', 'open', 'closed', 'held', 'archived', 'cancelled')),
    rule jsonb,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 200),
    is_limited boolean NOT NULL DEFAULT FALSE,
    per_enterprise integer NOT NULL CHECK (per_enterprise BETWEEN 1 AND 20),
    needs_approval boolean NOT NULL DEFAULT FALSE,
    approval_days integer NOT NULL DEFAULT 2 CHECK (approval_days BETWEEN 1 AND 10),
    form jsonb NOT NULL DEFAULT '{}',
    sessions jsonb NOT NULL DEFAULT '[]',
    poster_id uuid REFERENCES files ON DELETE SET NULL,
    edition integer NOT NULL DEFAULT 0,
    sequence integer NOT NULL DEFAULT 0,
    schedule_id uuid NOT NULL,
    published_at timestamptz,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 500),
    created_by uuid,
    edited_by uuid,
    created_at timestamptz NOT NULL,
    edited_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CHECK (NOT is_limited OR rule IS NOT NULL),
    CHECK (rule IS NULL OR reason <> '')
);
CREATE INDEX salons_coming ON salons (starts_at, id) WHERE state IN ('published', 'open', 'closed');
CREATE INDEX salons_listed ON salons (starts_at DESC, id DESC);
CREATE INDEX salons_series ON salons (series_id, starts_at) WHERE series_id IS NOT NULL;

-- Seats of one kind. `kept_until`: until then they are for enterprises that have never been at a salon. `extra`: given
-- away besides, because some never come; with them never more than `hard_limit`, what the place can hold.
-- `taken` is counted by the trigger below and by nothing else.
CREATE TABLE salon_quotas (
    id uuid PRIMARY KEY,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    position integer NOT NULL CHECK (position BETWEEN 0 AND 9),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 20),
    way text NOT NULL CHECK (way IN ('hall', 'online')),
    kept_until timestamptz,
    seats integer NOT NULL CHECK (seats BETWEEN 0 AND 100000),
    extra integer NOT NULL DEFAULT 0 CHECK (extra >= 0),
    hard_limit integer NOT NULL CHECK (hard_limit <= 200000),
    taken integer NOT NULL DEFAULT 0,
    CONSTRAINT salon_quotas_never_oversold CHECK (taken BETWEEN 0 AND seats + extra),
    CONSTRAINT salon_quotas_hard_limit CHECK (seats + extra <= hard_limit),
    CONSTRAINT salon_quotas_position UNIQUE (salon_id, position) DEFERRABLE INITIALLY DEFERRED
);

-- One sign-up of one person (or of somebody without an account, whom staff met) for one enterprise.
-- `quota_id`: the seat it holds; `nth`: its place among those of its enterprise, while it stands. `asks_approval`: it has
-- to be approved before it is confirmed, also when the seat comes later.
CREATE TABLE salon_signups (
    id uuid PRIMARY KEY,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    quota_id uuid REFERENCES salon_quotas ON DELETE CASCADE,
    way text NOT NULL CHECK (way IN ('hall', 'online')),
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    nth integer CHECK (nth BETWEEN 1 AND 20),
    state text NOT NULL CHECK (state IN ('pending', 'confirmed', 'waiting', 'offered', 'attended', 'no_show', 'refused',
        'left', 'removed', 'declined', 'lapsed', 'missed', 'cancelled')),
    is_first boolean NOT NULL,
    asks_approval boolean NOT NULL DEFAULT FALSE,
    priority integer NOT NULL DEFAULT 1 CHECK (priority IN (0, 1)),
    attendee text NOT NULL DEFAULT '' CHECK (length(attendee) <= 30),
    answers jsonb NOT NULL DEFAULT '{}',
    channel text NOT NULL CHECK (channel IN ('mini_program', 'counter', 'phone', 'visit', 'staff')),
    signed_by_kind text NOT NULL,
    signed_by uuid,
    signed_at timestamptz NOT NULL,
    waiting_since timestamptz,
    decide_by timestamptz,
    offer_until timestamptz,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    changed_at timestamptz NOT NULL,
    CONSTRAINT salon_signups_seat
        CHECK ((quota_id IS NOT NULL) = (state IN ('pending', 'confirmed', 'offered', 'attended', 'no_show'))),
    CHECK ((nth IS NOT NULL) = (state IN ('pending', 'confirmed', 'waiting', 'offered', 'attended', 'no_show'))),
    CHECK (state <> 'waiting' OR waiting_since IS NOT NULL),
    CHECK ((state = 'offered') = (offer_until IS NOT NULL)),
    CHECK (state <> 'pending' OR decide_by IS NOT NULL)
);
CREATE UNIQUE INDEX salon_signups_nth ON salon_signups (salon_id, enterprise_id, nth) WHERE nth IS NOT NULL;
CREATE UNIQUE INDEX salon_signups_once ON salon_signups (salon_id, person_id)
    WHERE nth IS NOT NULL AND person_id IS NOT NULL;
CREATE INDEX salon_signups_listed ON salon_signups (salon_id, id);
CREATE INDEX salon_signups_person ON salon_signups (person_id, id);
CREATE INDEX salon_signups_enterprise ON salon_signups (enterprise_id, id);
CREATE INDEX salon_signups_quota ON salon_signups (quota_id) WHERE quota_id IS NOT NULL;
CREATE INDEX salon_signups_attended ON salon_signups (enterprise_id) WHERE state = 'attended';
CREATE INDEX salon_signups_waiting ON salon_signups (salon_id, way, priority DESC, waiting_since, id)
    WHERE state = 'waiting';
CREATE INDEX salon_signups_waiting_first ON salon_signups (salon_id, way, priority DESC, waiting_since, id)
    WHERE state = 'waiting' AND is_first;
CREATE INDEX salon_signups_lowered ON salon_signups (salon_id) WHERE state = 'waiting' AND priority = 0;
CREATE INDEX salon_signups_offered ON salon_signups (offer_until) WHERE state = 'offered';
CREATE INDEX salon_signups_pending ON salon_signups (decide_by) WHERE state = 'pending';

-- How many wait, of each kind: read where a hundred thousand would have to be counted.
CREATE TABLE salon_waiting (
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    way text NOT NULL,
    is_first boolean NOT NULL,
    priority integer NOT NULL,
    waiting integer NOT NULL CHECK (waiting >= 0),
    PRIMARY KEY (salon_id, way, is_first, priority)
);

-- The database itself counts seats and those who wait, whatever program writes a sign-up: a statement by which a quota
-- would be oversold fails as a whole.
CREATE FUNCTION count_salon_seats(quotas uuid[], by integer[]) RETURNS void LANGUAGE sql AS $$
    UPDATE salon_quotas q SET taken = q.taken + m.n
    FROM (SELECT d.quota_id, sum(d.n) AS n FROM unnest(quotas, by) AS d (quota_id, n) GROUP BY 1 HAVING sum(d.n) <> 0) AS m
    WHERE q.id = m.quota_id
$$;
CREATE FUNCTION count_salon_signups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM count_salon_seats(array_agg(quota_id), array_agg(1)) FROM fresh WHERE quota_id IS NOT NULL
        HAVING count(*) > 0;
        INSERT INTO salon_waiting AS w (salon_id, way, is_first, priority, waiting)
        SELECT salon_id, way, is_first, priority, count(*) FROM fresh WHERE state = 'waiting' GROUP BY 1, 2, 3, 4
        ON CONFLICT (salon_id, way, is_first, priority) DO UPDATE SET waiting = w.waiting + excluded.waiting;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM count_salon_seats(array_agg(quota_id), array_agg(-1)) FROM gone WHERE quota_id IS NOT NULL
        HAVING count(*) > 0;
        UPDATE salon_waiting w SET waiting = w.waiting - g.n
        FROM (SELECT salon_id, way, is_first, priority, count(*) AS n FROM gone WHERE state = 'waiting'
              GROUP BY 1, 2, 3, 4) AS g
        WHERE (w.salon_id, w.way, w.is_first, w.priority) = (g.salon_id, g.way, g.is_first, g.priority);
    ELSE
        PERFORM count_salon_seats(array_agg(quota_id), array_agg(n)) FROM (
            SELECT quota_id, 1 AS n FROM fresh UNION ALL SELECT quota_id, -1 FROM gone) AS moved
        WHERE quota_id IS NOT NULL HAVING count(*) > 0;
        INSERT INTO salon_waiting AS w (salon_id, way, is_first, priority, waiting)
        SELECT salon_id, way, is_first, priority, 0 FROM fresh WHERE state = 'waiting' GROUP BY 1, 2, 3, 4
        ON CONFLICT (salon_id, way, is_first, priority) DO NOTHING;
        UPDATE salon_waiting w SET waiting = w.waiting + m.n
        FROM (SELECT salon_id, way, is_first, priority, sum(n) AS n FROM (
                  SELECT salon_id, way, is_first, priority, 1 AS n FROM fresh WHERE state = 'waiting'
                  UNION ALL SELECT salon_id, way, is_first, priority, -1 FROM gone WHERE state = 'waiting') AS moved
              GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0) AS m
        WHERE (w.salon_id, w.way, w.is_first, w.priority) = (m.salon_id, m.way, m.is_first, m.priority);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER salon_signups_added AFTER INSERT ON salon_signups REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION count_salon_signups();
CREATE TRIGGER salon_signups_changed AFTER UPDATE ON salon_signups REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION count_salon_signups();
CREATE TRIGGER salon_signups_removed AFTER DELETE ON salon_signups REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_salon_signups();

-- Who had a seat and did not come: until `lowers_until` he waits behind others, unless his reason was accepted.
CREATE TABLE salon_no_shows (
    signup_id uuid PRIMARY KEY REFERENCES salon_signups ON DELETE CASCADE,
    person_id uuid REFERENCES persons ON DELETE SET NULL,
    noted_at timestamptz NOT NULL,
    lowers_until timestamptz NOT NULL,
    explanation text NOT NULL DEFAULT '' CHECK (length(explanation) <= 500),
    explained_at timestamptz,
    is_excused boolean,
    decided_by uuid,
    decided_at timestamptz,
    CHECK ((explained_at IS NULL) = (explanation = '')),
    CHECK ((is_excused IS NULL) = (decided_at IS NULL))
);
CREATE INDEX salon_no_shows_person ON salon_no_shows (person_id, lowers_until);
CREATE INDEX salon_no_shows_explained ON salon_no_shows (explained_at) WHERE explained_at IS NOT NULL AND decided_at IS NULL;

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('salons', 'row', '60 months', '沙龙的报名、到场经过备查，与事项同期', 'ends_at',
     'state IN (''draft'', ''published'', ''open'', ''closed'')'),
    ('salon_signups', 'row', '60 months', '沙龙的报名、到场经过备查，与事项同期', 'changed_at',
     'state IN (''pending'', ''confirmed'', ''waiting'', ''offered'')');
