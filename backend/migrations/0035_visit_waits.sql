-- Earlier times for who would like one, reminders of what was promised, calendars by address.

-- Who would like an earlier time, in the order in which they asked: for a visit that has one, or (`visit_id` NULL) for
-- none yet. One row a visit, also when its owner leaves and comes again, so that his offers stay counted.
CREATE TABLE visit_waits (
    id uuid PRIMARY KEY,
    visit_id uuid UNIQUE REFERENCES visits ON DELETE CASCADE,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    reason text NOT NULL REFERENCES visit_reasons ON DELETE RESTRICT,
    place text NOT NULL CHECK (place IN ('on_site', 'office', 'phone', 'video')),
    district text,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    not_before date,
    state text NOT NULL CHECK (state IN ('waiting', 'served', 'left', 'ended')),
    end_reason text CHECK (end_reason IN ('used_up', 'over', 'too_near', 'closed', 'erased')),
    asked_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CHECK ((state = 'ended') = (end_reason IS NOT NULL))
);
CREATE UNIQUE INDEX visit_waits_once ON visit_waits (enterprise_id, reason)
    WHERE visit_id IS NULL AND state = 'waiting';
CREATE INDEX visit_waits_line ON visit_waits (asked_at, id) WHERE state = 'waiting';
CREATE INDEX visit_waits_enterprise ON visit_waits (enterprise_id);
CREATE INDEX visit_waits_person ON visit_waits (person_id);

-- What was offered to whom: three times in all, once a day, one at a time, whatever a program does. `hold_id` is the
-- visit that holds the time until `until_at`; `on_day` the day on which its owner heard of it.
CREATE TABLE visit_offers (
    id uuid PRIMARY KEY,
    wait_id uuid NOT NULL REFERENCES visit_waits ON DELETE CASCADE,
    number smallint NOT NULL CHECK (number BETWEEN 1 AND 3),
    on_day date NOT NULL,
    hold_id uuid UNIQUE REFERENCES visits ON DELETE SET NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')),
    settled_at timestamptz,
    UNIQUE (wait_id, number),
    UNIQUE (wait_id, on_day),
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX visit_offers_one ON visit_offers (wait_id) WHERE state = 'open';
CREATE INDEX visit_offers_due ON visit_offers (until_at) WHERE state = 'open';

-- Time that became free and was not offered to anybody yet, by whatever it became free.
CREATE TABLE visit_freed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE CASCADE,
    during tstzrange NOT NULL CHECK (NOT isempty(during))
);

CREATE FUNCTION visit_time_freed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM visit_waits WHERE state = 'waiting') THEN
        IF TG_OP = 'DELETE' THEN
            INSERT INTO visit_freed (staff_id, during) SELECT g.staff_id, g.during FROM gone g WHERE g.is_live;
        ELSE
            INSERT INTO visit_freed (staff_id, during)
            SELECT g.staff_id, g.during FROM gone g JOIN kept k USING (id) WHERE g.is_live AND NOT k.is_live;
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER staff_time_freed AFTER UPDATE ON staff_time
    REFERENCING OLD TABLE AS gone NEW TABLE AS kept FOR EACH STATEMENT EXECUTE FUNCTION visit_time_freed();
CREATE TRIGGER staff_time_gone AFTER DELETE ON staff_time
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION visit_time_freed();

-- A plan that is widened frees its days, an exception its day, an absence that ends early the days it gives back.
CREATE FUNCTION visit_days_freed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first date; last date;
BEGIN
    IF TG_TABLE_NAME = 'visit_plans' THEN
        first := NEW.valid_from; last := NEW.valid_until;
    ELSIF TG_TABLE_NAME = 'visit_exceptions' THEN
        first := NEW.day; last := NEW.day;
    ELSE
        first := CASE WHEN NEW.withdrawn_at IS NULL THEN NEW.until_on + 1 ELSE OLD.from_on END; last := OLD.until_on;
    END IF;
    IF first <= last AND EXISTS (SELECT FROM visit_waits WHERE state = 'waiting') THEN
        INSERT INTO visit_freed (staff_id, during) VALUES (NEW.staff_id, tstzrange(
            first::timestamp AT TIME ZONE 'Asia/Shanghai',
            (least(last, first + 400) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER visit_plans_come AFTER INSERT ON visit_plans FOR EACH ROW EXECUTE FUNCTION visit_days_freed();
CREATE TRIGGER visit_exceptions_come AFTER INSERT OR UPDATE ON visit_exceptions
    FOR EACH ROW WHEN (NOT isempty(NEW.spans)) EXECUTE FUNCTION visit_days_freed();
CREATE TRIGGER staff_absences_end AFTER UPDATE ON staff_absences
    FOR EACH ROW EXECUTE FUNCTION visit_days_freed();

-- When somebody is to be reminded of a visit; a row goes as it is told, or as the visit moves or ends.
CREATE TABLE visit_reminders (
    visit_id uuid NOT NULL REFERENCES visits ON DELETE CASCADE,
    hours smallint NOT NULL CHECK (hours IN (48, 2)),
    schedule_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (visit_id, hours)
);
CREATE INDEX visit_reminders_due ON visit_reminders (due_at);

-- Calendars that programs read by a secret address: one's own with details, one to be given on with nothing but that
-- one is busy. Without a hash it was ended.
CREATE TABLE visit_feeds (
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    kind text NOT NULL CHECK (kind IN ('own', 'busy')),
    token_hash bytea UNIQUE,
    made_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (staff_id, kind)
);
-- Who was to make a visit and no longer is: his calendar says that it is off.
CREATE TABLE visit_handed_on (
    visit_id uuid NOT NULL REFERENCES visits ON DELETE CASCADE,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    PRIMARY KEY (visit_id, staff_id)
);
CREATE INDEX visit_handed_on_staff ON visit_handed_on (staff_id, visit_id);
CREATE INDEX staff_time_given_back ON staff_time USING gist (staff_id, during) WHERE NOT is_live;

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('visit_waits', 'row', '24 months', '提前时段的候补和提供记录，核对先后是否公平', 'asked_at', 'state = ''waiting''');
