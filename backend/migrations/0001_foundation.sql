-- What every capability stands on.

-- Partitions by time: ids are UUIDv7, so a range of ids is a range of time (docs/decisions/0007-partitions-by-id.md).
CREATE FUNCTION uuid_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- What the growing tables are, how wide their partitions are and how long they are kept: data, shown in the docs.
-- A table whose step is 'row' is not partitioned: its rows go one by one when `age_column` is older than `keep`.
-- `held_while` is a condition on rows that must not go yet, whatever their age: they keep their whole partition.
CREATE TABLE retention (
    table_name text PRIMARY KEY,
    step text NOT NULL CHECK (step IN ('day', 'month', 'row')),
    keep interval NOT NULL,
    reason text NOT NULL,
    age_column text CHECK ((age_column IS NOT NULL) = (step = 'row')),
    held_while text
);

-- Makes the partitions of one table from the one that holds `moment` to `ahead` steps later; returns how many are new.
CREATE FUNCTION make_partitions(parent text, moment timestamptz, ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    width text := (SELECT step FROM retention WHERE table_name = parent);
    local timestamp := date_trunc(width, moment AT TIME ZONE 'Asia/Shanghai');
    lower timestamptz;
    upper timestamptz;
    child text;
    made integer := 0;
BEGIN
    FOR n IN 0..ahead LOOP
        lower := (local + n * ('1 ' || width)::interval) AT TIME ZONE 'Asia/Shanghai';
        upper := (local + (n + 1) * ('1 ' || width)::interval) AT TIME ZONE 'Asia/Shanghai';
        child := parent || '_' || to_char(local + n * ('1 ' || width)::interval,
                                          CASE width WHEN 'day' THEN 'YYYYMMDD' ELSE 'YYYYMM' END);
        IF to_regclass(child) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                           child, parent, uuid_floor(lower), uuid_floor(upper));
            IF parent = 'audit_entries' THEN
                EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM CURRENT_USER', child);
            END IF;
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;

-- Where the count of a day began. A number is taken from a sequence, which no transaction holds: commands wait for each
-- other's number only while the first one of a day is running.
CREATE TABLE counters (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    on_day date NOT NULL,
    value bigint NOT NULL,
    UNIQUE (name, on_day)
);

CREATE FUNCTION next_number(prefix text, day date, new_id uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    sequence text := 'number_' || lower(prefix);
    taken bigint;
    base bigint;
BEGIN
    IF to_regclass(sequence) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(sequence));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', sequence);
    END IF;
    LOOP
        taken := nextval(sequence::regclass);
        SELECT value INTO base FROM counters WHERE name = prefix AND on_day = day;
        IF base IS NULL THEN
            INSERT INTO counters (id, name, on_day, value) VALUES (new_id, prefix, day, taken)
            ON CONFLICT (name, on_day) DO NOTHING;
            SELECT value INTO base FROM counters WHERE name = prefix AND on_day = day;
        END IF;
        EXIT WHEN taken >= base;
    END LOOP;
    RETURN taken - base + 1;
END
$$;

-- Deferred effects: the queue of record.
CREATE TABLE outbox (
    id uuid NOT NULL,
    topic text NOT NULL,
    key text,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead', 'cancelled')),
    due_at timestamptz NOT NULL,
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX outbox_due ON outbox (topic, due_at, id) WHERE state = 'pending';
CREATE INDEX outbox_key ON outbox (topic, key) WHERE key IS NOT NULL AND state = 'pending';

-- "Once" keys of messages and effects; slim, kept 180 days.
CREATE TABLE dedupe_keys (
    key text PRIMARY KEY,
    on_day date NOT NULL
);
CREATE INDEX dedupe_keys_on_day ON dedupe_keys (on_day);

-- Answers of commands, replayed to a repeated Idempotency-Key for 24 hours.
CREATE TABLE idempotency_keys (
    id uuid NOT NULL,
    actor text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status smallint NOT NULL,
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX idempotency_keys_lookup ON idempotency_keys (actor, key, route);

-- Who did what to which row: ids and field names only. A sealer chains committed rows in batches.
CREATE TABLE audit_entries (
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    on_behalf_of uuid,
    action text NOT NULL,
    table_name text NOT NULL,
    row_id uuid,
    fields text[] NOT NULL DEFAULT '{}',
    detail jsonb NOT NULL DEFAULT '{}',
    request_id text,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seal_id uuid,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX audit_entries_unsealed ON audit_entries (id) WHERE seal_id IS NULL;
CREATE INDEX audit_entries_seal ON audit_entries (seal_id);
CREATE INDEX audit_entries_row ON audit_entries (table_name, row_id, id);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, id);

-- What was written stays as it was written; only the seal may be added.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries FROM CURRENT_USER;
GRANT UPDATE (seal_id) ON audit_entries TO CURRENT_USER;

-- `horizon`: every transaction below it had ended when the batch was sealed, so nothing honest can appear below it later.
-- `cluster`: the server whose transaction numbers these are; a dump restored elsewhere starts counting anew.
CREATE TABLE audit_seals (
    id uuid PRIMARY KEY,
    number bigint NOT NULL UNIQUE,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    entries integer NOT NULL,
    cluster text NOT NULL,
    horizon xid8 NOT NULL,
    sealed_at timestamptz NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON audit_seals FROM CURRENT_USER;

-- Entries that left the database with their month: the files that hold them, each the entries of a range of seals.
CREATE TABLE audit_archives (
    id uuid PRIMARY KEY,
    partition_name text NOT NULL,
    first_seal bigint NOT NULL,
    last_seal bigint NOT NULL CHECK (last_seal >= first_seal),
    file text NOT NULL UNIQUE,
    sha256 bytea NOT NULL,
    entries integer NOT NULL,
    archived_at timestamptz NOT NULL,
    UNIQUE (partition_name, first_seal)
);

CREATE TABLE files (
    id uuid PRIMARY KEY,
    owner_kind text NOT NULL,
    owner_id uuid,
    purpose text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    sha256 bytea NOT NULL,
    path text NOT NULL CHECK (path ~ '^[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{40}$'),
    state text NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'deleted')),
    created_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX files_owner ON files (owner_kind, owner_id, id);
CREATE UNIQUE INDEX files_path ON files (path);

CREATE TABLE consents (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    purpose text NOT NULL,
    text_version text NOT NULL,
    text_hash bytea NOT NULL,
    given_at timestamptz NOT NULL,
    given_from text,
    revoked_at timestamptz
);
CREATE INDEX consents_person ON consents (person_id, purpose, id);
CREATE UNIQUE INDEX consents_live ON consents (person_id, purpose, text_version) WHERE revoked_at IS NULL;

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('outbox', 'month', '3 months', '处理完毕的待办只用于排错', NULL, 'state = ''pending'''),
    ('idempotency_keys', 'day', '2 days', '同一请求 24 小时内重放同一结果', NULL, NULL),
    ('audit_entries', 'month', '12 months', '审计日志在线保存 12 个月，到期归档', NULL, 'seal_id IS NULL'),
    ('dedupe_keys', 'row', '180 days', '同一消息和待办只发生一次', 'on_day', NULL),
    ('consents', 'row', '3 years', '证明处理个人信息取得了同意、尊重了撤回', 'revoked_at', NULL);
SELECT make_partitions(table_name, now() - interval '1 month', CASE step WHEN 'day' THEN 40 ELSE 4 END)
FROM retention WHERE step <> 'row';
