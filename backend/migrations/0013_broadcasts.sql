-- Broadcasts: one thing told to a frozen list of people, released by whoever may, sent, stopped and accounted for.

-- `origin`, `origin_id`: the module that asks for it and the thing that it is about. `fields`: what all messages share.
-- A recurring one is never sent itself: each occurrence is a broadcast of its own (`series_id`). `digest` signs the list
-- and the message off; `makers` had a hand in them, so that none of them releases a long list. The moves of `state` are
-- backend/notifications/broadcasts/states.py; `reason` says why it is paused or was cancelled.
CREATE TABLE broadcasts (
    id uuid PRIMARY KEY,
    series_id uuid REFERENCES broadcasts ON DELETE RESTRICT,
    kind text NOT NULL,
    origin text NOT NULL CHECK (origin <> ''),
    origin_id uuid NOT NULL,
    title text NOT NULL,
    fields jsonb NOT NULL,
    page text,
    not_after timestamptz,
    schedule text NOT NULL CHECK (schedule IN ('now', 'at', 'recurring')),
    starts_at timestamptz,
    rrule text,
    next_at timestamptz,
    state text NOT NULL CHECK (state IN ('draft', 'frozen', 'release_wanted', 'released', 'sending', 'paused', 'done',
                                         'cancelled')),
    reason text,
    recipients integer CHECK (recipients >= 0),
    told integer NOT NULL DEFAULT 0,
    digest text,
    makers uuid[] NOT NULL DEFAULT '{}',
    forecast jsonb,
    actual jsonb,
    created_by uuid,
    released_by uuid,
    created_at timestamptz NOT NULL,
    frozen_at timestamptz,
    released_at timestamptz,
    began_at timestamptz,
    resumed_at timestamptz,
    ended_at timestamptz,
    CHECK ((schedule = 'recurring') = (rrule IS NOT NULL)),
    CHECK (schedule = 'now' OR starts_at IS NOT NULL),
    CHECK (state IN ('draft', 'cancelled') OR schedule = 'recurring' OR (digest IS NOT NULL AND recipients IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (state NOT IN ('done', 'cancelled')))
);
CREATE INDEX broadcasts_origin ON broadcasts (origin, origin_id);
CREATE INDEX broadcasts_series ON broadcasts (series_id) WHERE series_id IS NOT NULL;
CREATE INDEX broadcasts_open ON broadcasts (state, next_at) WHERE state IN ('released', 'sending', 'paused');

-- The frozen list. `told_at` when the message was written; `left_out` why it was not, when his turn came.
CREATE TABLE broadcast_recipients (
    broadcast_id uuid NOT NULL,
    person_id uuid NOT NULL,
    enterprise_id uuid,
    told_at timestamptz,
    left_out text,
    PRIMARY KEY (broadcast_id, person_id)
) PARTITION BY RANGE (broadcast_id);
CREATE INDEX broadcast_recipients_waiting ON broadcast_recipients (broadcast_id, person_id)
    WHERE told_at IS NULL AND left_out IS NULL;
CREATE INDEX broadcast_recipients_person ON broadcast_recipients (person_id);
INSERT INTO retention (table_name, step, keep, reason) VALUES
    ('broadcast_recipients', 'month', '18 months', '群发名单用于核对“谁没有收到、为什么”，比送达记录多留半年供定时群发使用');
SELECT make_partitions('broadcast_recipients', now() - interval '1 month', 4);

-- A person's tries in one broadcast.
CREATE INDEX deliveries_of_broadcast ON deliveries (broadcast_id, person_id) WHERE broadcast_id IS NOT NULL;

-- Whoever stands in the list of a broadcast is told by that one, or by none.
ALTER TABLE policy_recipients ADD COLUMN broadcast_id uuid;
DROP INDEX policy_recipients_waiting;
CREATE INDEX policy_recipients_waiting ON policy_recipients (version_id, person_id)
    WHERE told_at IS NULL AND broadcast_id IS NULL;
