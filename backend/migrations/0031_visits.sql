-- Visits: a service that comes to the owner at a time he picks, and whose time nobody can give away twice.

-- What somebody is visited for. A visit is a service: inspections share no type with it and stand in the ledger of
-- contacts alone. `who_may`: who may ask for it. `units_needed`: so many units come together, and it counts once.
-- Buffers are the visitor's, before and after; `change_minutes`: until so long before it both sides can change it
-- without its being counted as late. `step_minutes`: slots begin at whole multiples of it since midnight.
CREATE TABLE visit_reasons (
    key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_]{0,40}$'),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 20),
    hint text NOT NULL CHECK (length(hint) <= 200),
    kind text NOT NULL DEFAULT 'service' CHECK (kind = 'service'),
    legal_basis text NOT NULL CHECK (legal_basis <> ''),
    places text[] NOT NULL CHECK (places <> '{}' AND places <@ ARRAY['on_site', 'office', 'phone', 'video']),
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 10 AND 480),
    buffer_before integer NOT NULL CHECK (buffer_before BETWEEN 0 AND 120),
    buffer_after integer NOT NULL CHECK (buffer_after BETWEEN 0 AND 120),
    notice_minutes integer NOT NULL CHECK (notice_minutes BETWEEN 0 AND 43200),
    horizon_days integer NOT NULL CHECK (horizon_days BETWEEN 1 AND 180),
    change_minutes integer NOT NULL CHECK (change_minutes BETWEEN 0 AND 43200),
    step_minutes integer NOT NULL CHECK (step_minutes IN (10, 15, 20, 30, 60)),
    capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 100),
    units_needed integer NOT NULL CHECK (units_needed BETWEEN 1 AND 5),
    who_may text[] NOT NULL CHECK (who_may <> '{}' AND who_may <@ ARRAY['owner', 'staff']),
    skill text CHECK (skill ~ '^[a-z][a-z0-9_]{0,40}$'),
    position integer NOT NULL,
    is_open boolean NOT NULL DEFAULT TRUE,
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO visit_reasons (key, title, hint, legal_basis, places, duration_minutes, buffer_before, buffer_after,
    notice_minutes, horizon_days, change_minutes, step_minutes, capacity, units_needed, who_may, skill, position) VALUES
    ('policy_talk', '政策讲解', '讲清您可能符合哪些政策、怎么申请。', '《优化营商环境条例》第四十八条、《促进个体工商户发展条例》第三十二条',
     '{on_site,office,phone,video}', 60, 10, 10, 1440, 60, 1440, 30, 1, 1, '{owner,staff}', NULL, 10),
    ('difficulty', '困难帮扶', '带着您遇到的困难来，当场记下、逐件办理。', '《优化营商环境条例》第四十八条',
     '{on_site,office,phone,video}', 60, 10, 20, 1440, 60, 1440, 30, 1, 1, '{owner,staff}', NULL, 20),
    ('quality', '质量体检', '质量、计量、标准方面的诊断和建议，不是检查。', '《质量强国建设纲要》',
     '{on_site}', 120, 15, 15, 2880, 60, 1440, 30, 1, 1, '{owner,staff}', 'quality', 30),
    ('finance', '融资咨询', '介绍融资渠道和知识产权质押，不承诺贷款。', '《促进个体工商户发展条例》',
     '{on_site,office,phone,video}', 60, 10, 10, 1440, 60, 1440, 30, 1, 1, '{owner,staff}', 'finance', 40),
    ('joint', '联合走访', '两个部门一次上门，只算一次。', '《优化营商环境条例》第四十八条',
     '{on_site}', 90, 15, 15, 4320, 60, 2880, 30, 1, 2, '{owner,staff}', NULL, 50),
    ('group_talk', '政策宣讲', '同时面向多家企业的讲解。', '《优化营商环境条例》第四十八条',
     '{office,video}', 90, 15, 15, 2880, 60, 1440, 30, 20, 1, '{owner,staff}', NULL, 60);

-- How a unit visits: at most so many visits a day for each of its people, and where its office is. (Who comes there is
-- reckoned to be at the seat of the enterprise's district.)
CREATE TABLE visit_units (
    unit_id uuid PRIMARY KEY REFERENCES units ON DELETE RESTRICT,
    per_day integer NOT NULL CHECK (per_day BETWEEN 1 AND 30),
    office_address text NOT NULL DEFAULT '' CHECK (length(office_address) <= 200),
    version bigint NOT NULL DEFAULT 1
);

-- Who visits when, week by week: minutes since midnight in China; what goes on past 1440 belongs to the day on which it
-- began. On a day that is not worked by the calendar a plan does not count, an exception does.
CREATE TABLE visit_plans (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    valid_from date NOT NULL,
    valid_until date NOT NULL DEFAULT 'infinity' CHECK (valid_until >= valid_from),
    weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    spans int4multirange NOT NULL CHECK (NOT isempty(spans) AND lower(spans) >= 0 AND upper(spans) <= 2160),
    places text[] NOT NULL CHECK (places <> '{}' AND places <@ ARRAY['on_site', 'office', 'phone', 'video']),
    CONSTRAINT visit_plans_once EXCLUDE USING gist (
        staff_id WITH =, weekday WITH =, daterange(valid_from, valid_until, '[]') WITH &&
    )
);
CREATE TABLE visit_exceptions (
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    day date NOT NULL,
    spans int4multirange NOT NULL CHECK (isempty(spans) OR (lower(spans) >= 0 AND upper(spans) <= 2160)),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 200),
    PRIMARY KEY (staff_id, day)
);
-- One row a staff member who has a plan: its version.
CREATE TABLE visit_planners (
    staff_id uuid PRIMARY KEY REFERENCES staff ON DELETE RESTRICT,
    version bigint NOT NULL
);

-- When an enterprise has no time for visitors: told once, asked never again.
CREATE TABLE visit_peaks (
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE CASCADE,
    weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    spans int4multirange NOT NULL CHECK (NOT isempty(spans) AND lower(spans) >= 0 AND upper(spans) <= 1440),
    PRIMARY KEY (enterprise_id, weekday)
);

-- The middle of places, degrees (WGS 84). Source: GeoNames (CC BY 4.0); of 安吉 the published position of its seat.
-- A town that is not here counts as its district's seat.
CREATE TABLE visit_centroids (
    code text PRIMARY KEY CHECK (code ~ '^[0-9A-Z]{4,12}$'),
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180)
);
INSERT INTO visit_centroids (code, latitude, longitude) VALUES
    ('330502', 30.870, 120.093), ('330503', 30.869, 120.420), ('330521', 30.542, 119.959),
    ('330522', 31.008, 119.909), ('330523', 30.638, 119.680), ('3305NTH', 30.921, 120.098),
    ('330502005', 30.869, 120.104), ('330502011', 30.873, 120.070), ('330502012', 30.878, 120.112),
    ('330502100', 30.874, 120.257), ('330502101', 30.843, 120.153), ('330502102', 30.782, 120.004),
    ('330502104', 30.663, 120.010), ('330502200', 30.848, 120.093),
    ('330503002', 30.838, 120.277), ('330503100', 30.869, 120.420), ('330503101', 30.781, 120.314),
    ('330503102', 30.708, 120.417), ('330503103', 30.697, 120.308), ('330503105', 30.718, 120.173),
    ('330503106', 30.780, 120.158), ('330503107', 30.678, 120.238), ('330503108', 30.723, 120.263),
    ('330521001', 30.542, 119.959), ('330521102', 30.617, 120.284), ('330521103', 30.634, 120.089),
    ('330521104', 30.650, 120.185), ('330521110', 30.522, 120.141), ('330521113', 30.519, 120.261),
    ('330521114', 30.534, 120.219), ('330521115', 30.601, 119.894),
    ('330522001', 31.008, 119.909), ('330522101', 30.989, 119.985), ('330522102', 30.951, 119.976),
    ('330522103', 31.105, 119.939), ('330522104', 30.934, 119.787), ('330522106', 30.923, 119.869),
    ('330522108', 31.030, 119.831), ('330522110', 30.831, 119.898), ('330522111', 30.898, 119.654),
    ('330522112', 31.103, 119.735), ('330522202', 30.930, 119.918),
    ('330523103', 30.780, 119.544), ('330523107', 30.465, 119.375), ('330523111', 30.821, 119.608);

-- Ways that somebody knows better than a straight line does, both directions alike.
CREATE TABLE visit_ways (
    one text NOT NULL CHECK (one ~ '^[0-9A-Z]{4,12}$'),
    other text NOT NULL CHECK (other ~ '^[0-9A-Z]{4,12}$' AND one < other),
    minutes integer NOT NULL CHECK (minutes BETWEEN 0 AND 240),
    PRIMARY KEY (one, other)
);

-- How long it takes from one place to another: nothing where one of them is no place (by phone), or within one town; a
-- way that somebody told; else the straight line × 1.4 at 40 km/h in whole five minutes; 45 where a place is unknown.
CREATE FUNCTION visit_minutes(a text, b text) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN a IS NULL OR b IS NULL OR a = b THEN 0 ELSE coalesce(
        (SELECT w.minutes FROM visit_ways w WHERE w.one = least(a, b) AND w.other = greatest(a, b)),
        (SELECT least(240, 5 * ceil(12742 * asin(sqrt(
            power(sin(radians(y.latitude - x.latitude) / 2), 2)
            + cos(radians(x.latitude)) * cos(radians(y.latitude)) * power(sin(radians(y.longitude - x.longitude) / 2), 2)
         )) * 1.4 / 40 * 60 / 5)::integer)
         FROM (SELECT c.latitude, c.longitude FROM visit_centroids c WHERE c.code IN (a, left(a, 6))
               ORDER BY length(c.code) DESC LIMIT 1) x,
              (SELECT c.latitude, c.longitude FROM visit_centroids c WHERE c.code IN (b, left(b, 6))
               ORDER BY length(c.code) DESC LIMIT 1) y),
        45) END
$$;

-- `held_until`: a hold; `expires_at`: by when a request must be answered. `awaits`: whose word a request waits for.
-- `sequence` counts the times it was moved (calendars); what is told of one time hangs on `schedule_id`, which a move
-- replaces. `location`: where it takes place as a division's code, NULL by phone or video. `is_late`: cancelled later
-- than both sides may without its being counted. `why`: how its visitors were chosen.
CREATE TABLE visits (
    id uuid PRIMARY KEY,
    number text UNIQUE CHECK (number ~ '^FW-[0-9]{8}-[0-9]{4,}$'),
    reason text NOT NULL REFERENCES visit_reasons ON DELETE RESTRICT,
    place text NOT NULL CHECK (place IN ('on_site', 'office', 'phone', 'video')),
    channel text NOT NULL CHECK (channel IN ('mini_program', 'counter', 'phone', 'visit', 'staff', 'system')),
    address text NOT NULL DEFAULT '' CHECK (length(address) <= 300),
    location text,
    district text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    state text NOT NULL CHECK (state IN ('held', 'requested', 'confirmed', 'arrived', 'reported', 'closed', 'declined',
        'cancelled_by_owner', 'cancelled_by_bureau', 'expired', 'no_show_owner', 'no_show_staff')),
    awaits text CHECK (awaits IN ('staff', 'owner')),
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 100),
    taken integer NOT NULL CHECK (taken BETWEEN 0 AND capacity),
    requested_by_kind text NOT NULL CHECK (requested_by_kind IN ('owner', 'staff', 'system')),
    requested_by uuid,
    requested_at timestamptz,
    held_until timestamptz,
    expires_at timestamptz,
    confirmed_at timestamptz,
    arrived_at timestamptz,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 500),
    is_late boolean NOT NULL DEFAULT FALSE,
    moved integer NOT NULL DEFAULT 0 CHECK (moved >= 0),
    contested_at timestamptz,
    contest_reason text NOT NULL DEFAULT '' CHECK (length(contest_reason) <= 500),
    contest_verdict text NOT NULL DEFAULT '' CHECK (length(contest_verdict) <= 500),
    contest_decided_at timestamptz,
    is_set_aside boolean NOT NULL DEFAULT FALSE,
    why text NOT NULL DEFAULT '',
    choice jsonb NOT NULL DEFAULT '{}',
    schedule_id uuid NOT NULL,
    sequence integer NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CHECK (state <> 'held' OR held_until IS NOT NULL),
    CHECK (state <> 'requested' OR (expires_at IS NOT NULL AND awaits IS NOT NULL)),
    CHECK (state IN ('held', 'expired', 'cancelled_by_owner') OR number IS NOT NULL)
);
CREATE INDEX visits_starts ON visits (starts_at, id);
CREATE INDEX visits_unit ON visits (unit_id, starts_at, id);
CREATE INDEX visits_held ON visits (held_until) WHERE state = 'held';
CREATE INDEX visits_requested ON visits (expires_at) WHERE state = 'requested';
CREATE INDEX visits_late ON visits (ended_at) WHERE is_late;
CREATE INDEX visits_contested ON visits (contested_at) WHERE contested_at IS NOT NULL AND contest_decided_at IS NULL;

-- `note` is what one party wants to talk about. A party that left frees its seat, the others stay.
CREATE TABLE visit_parties (
    visit_id uuid NOT NULL REFERENCES visits ON DELETE CASCADE,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    state text NOT NULL DEFAULT 'booked' CHECK (state IN ('booked', 'cancelled', 'attended', 'no_show')),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (visit_id, enterprise_id)
);
CREATE INDEX visit_parties_enterprise ON visit_parties (enterprise_id, visit_id);
CREATE INDEX visit_parties_person ON visit_parties (person_id, visit_id);

-- Time of a person that is given away, with the fixed buffers of the reason: no two live rows of one overlap, whatever
-- the program does. `lapses_at`: a hold, free again from then on. `on_day`: the day in China on which the visit begins.
CREATE TABLE staff_time (
    id uuid PRIMARY KEY,
    visit_id uuid NOT NULL REFERENCES visits ON DELETE CASCADE,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    during tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    on_day date NOT NULL,
    location text,
    is_lead boolean NOT NULL,
    is_live boolean NOT NULL DEFAULT TRUE,
    lapses_at timestamptz,
    CONSTRAINT staff_time_once EXCLUDE USING gist (staff_id WITH =, during WITH &&) WHERE (is_live)
);
CREATE INDEX staff_time_visit ON staff_time (visit_id);
CREATE TABLE enterprise_time (
    id uuid PRIMARY KEY,
    visit_id uuid NOT NULL REFERENCES visits ON DELETE CASCADE,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    during tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    is_live boolean NOT NULL DEFAULT TRUE,
    lapses_at timestamptz,
    CONSTRAINT enterprise_time_once EXCLUDE USING gist (enterprise_id WITH =, during WITH &&) WHERE (is_live)
);
CREATE INDEX enterprise_time_visit ON enterprise_time (visit_id);

-- What happened to a visit, in its order; both sides read it.
CREATE TABLE visit_events (
    visit_id uuid NOT NULL REFERENCES visits ON DELETE CASCADE,
    seq integer NOT NULL CHECK (seq > 0),
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind <> ''),
    actor_kind text NOT NULL,
    actor_id uuid,
    body text NOT NULL DEFAULT '' CHECK (length(body) <= 2000),
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (visit_id, seq)
);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('visits', 'row', '60 months', '入企走访的办理经过备查，与事项同期', 'created_at',
     'state IN (''held'', ''requested'', ''confirmed'', ''arrived'', ''reported'')'),
    ('visit_exceptions', 'row', '24 months', '核对预约时段是否公平，与分派理由同期可查', 'day', NULL);
