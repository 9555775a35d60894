-- What staff are told, and what owners keep of their inbox.

-- Owners: what was put away, what an entry is about, and why that no longer stands.
ALTER TABLE inbox ADD COLUMN archived_at timestamptz, ADD COLUMN subject uuid;
DROP INDEX inbox_unread;
CREATE INDEX inbox_unread ON inbox (person_id, id) WHERE read_at IS NULL AND archived_at IS NULL AND NOT is_muted;
CREATE INDEX inbox_put_away ON inbox (person_id, id) WHERE archived_at IS NOT NULL OR is_muted;
ALTER TABLE called_off ADD COLUMN because text NOT NULL DEFAULT 'cancelled'
    CHECK (because IN ('cancelled', 'withdrawn', 'superseded'));

-- Every switch that was turned, as it was turned: append-only.
CREATE TABLE notification_preference_changes (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    is_on boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX notification_preference_changes_person ON notification_preference_changes (person_id, id);

-- What a staff member is told, once by `once`. `settled_at`: somebody has done what it asks for, him or a colleague.
-- `is_pushed`: it went to his phone too, as a message whose subject is this row's id.
CREATE TABLE staff_notices (
    id uuid NOT NULL,
    staff_id uuid NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    link text NOT NULL,
    once text NOT NULL,
    subject uuid,
    is_pushed boolean NOT NULL DEFAULT FALSE,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    archived_at timestamptz,
    settled_at timestamptz,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX staff_notices_staff ON staff_notices (staff_id, id);
CREATE INDEX staff_notices_unread ON staff_notices (staff_id, id)
    WHERE read_at IS NULL AND archived_at IS NULL AND settled_at IS NULL;
CREATE INDEX staff_notices_open ON staff_notices (subject) WHERE subject IS NOT NULL AND settled_at IS NULL;

-- Which kinds a staff member does not want on his phone; the console shows all of them.
CREATE TABLE staff_notice_preferences (
    staff_id uuid NOT NULL REFERENCES staff ON DELETE CASCADE,
    kind text NOT NULL,
    is_on boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (staff_id, kind)
);

-- A staff member's own WeChat: one at a time on either side.
CREATE TABLE staff_phones (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    bound_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text CHECK (end_reason IN ('unbound', 'replaced', 'left', 'erased')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX staff_phones_staff ON staff_phones (staff_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX staff_phones_person ON staff_phones (person_id) WHERE ended_at IS NULL;
CREATE INDEX staff_phones_past ON staff_phones (ended_at) WHERE ended_at IS NOT NULL;

-- The code that the console shows and the mini-program takes: one a staff member, good once and for a few minutes.
CREATE TABLE staff_phone_codes (
    staff_id uuid PRIMARY KEY REFERENCES staff ON DELETE CASCADE,
    code_index bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL
);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('notification_preference_changes', 'month', '24 months', '证明某日某类消息是否愿意接收，与消息同期保存', NULL, NULL),
    ('staff_notices', 'month', '12 months', '工作提醒一年内可查', NULL, NULL),
    ('staff_phones', 'row', '12 months', '解除绑定后与工作提醒同期保存', 'ended_at', 'ended_at IS NULL'),
    ('staff_phone_codes', 'row', '1 day', '一次性绑定码，十分钟后已无用', 'expires_at', NULL);
SELECT make_partitions(name, now() - interval '1 month', 4)
FROM unnest(ARRAY['notification_preference_changes', 'staff_notices']) AS t (name);
