-- What an operator has to know, once until it is over; and which channel rests because it answers nobody.

-- One open row a kind and key, which counts what happens again; a cleared one stays as history.
CREATE TABLE alerts (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('critical', 'warning')),
    detail jsonb NOT NULL DEFAULT '{}',
    times integer NOT NULL DEFAULT 1 CHECK (times > 0),
    opened_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    cleared_at timestamptz,
    CHECK (acknowledged_by IS NULL OR acknowledged_at IS NOT NULL)
);
CREATE UNIQUE INDEX alerts_open ON alerts (kind, key) WHERE cleared_at IS NULL;
CREATE INDEX alerts_cleared ON alerts (cleared_at) WHERE cleared_at IS NOT NULL;

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('alerts', 'row', '12 months', '运行告警一年内可查', 'cleared_at', 'cleared_at IS NULL');

-- The truth about a channel's breaker; without a row it is closed. `troubles` in a row open it, `openings` in a row make
-- it rest longer. Half open: one probe is out until `until_at`.
CREATE TABLE channel_breakers (
    channel text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('closed', 'open', 'half_open')),
    troubles integer NOT NULL DEFAULT 0 CHECK (troubles >= 0),
    openings integer NOT NULL DEFAULT 0 CHECK (openings >= 0),
    until_at timestamptz,
    reason text,
    changed_at timestamptz NOT NULL,
    CHECK ((until_at IS NULL) = (state = 'closed'))
);

-- Effects that were given up, found by the watch without reading the done ones.
CREATE INDEX outbox_dead ON outbox (topic) WHERE state = 'dead';
