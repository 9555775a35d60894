-- Tickets that verify without a network, what was scanned with them, and who was there.

-- The nonce makes a ticket one of its own: another one is issued by another nonce, and the old one is then revoked.
ALTER TABLE salon_signups ADD COLUMN confirmed_at timestamptz;
ALTER TABLE salon_signups ADD COLUMN ticket_nonce bytea NOT NULL DEFAULT substr(uuid_send(gen_random_uuid()), 9, 8)
    CHECK (length(ticket_nonce) = 8);
UPDATE salon_signups SET confirmed_at = changed_at WHERE state IN ('confirmed', 'attended', 'no_show');
CREATE UNIQUE INDEX salon_signups_ticket ON salon_signups (salon_id, ticket_nonce);

CREATE TABLE salon_reissues (
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    nonce bytea NOT NULL,
    signup_id uuid NOT NULL REFERENCES salon_signups ON DELETE CASCADE,
    reason text NOT NULL CHECK (length(reason) <= 500),
    at timestamptz NOT NULL,
    PRIMARY KEY (salon_id, nonce)
);

-- Everything that a device read, kept as it came: `id` is the device's own, so that a scan sent twice is one. What each
-- one came to is worked out from all scans of its ticket in the order of `scanned_at`, whichever device sent them first.
CREATE TABLE salon_scans (
    id uuid PRIMARY KEY,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    signup_id uuid REFERENCES salon_signups ON DELETE CASCADE,
    device text NOT NULL CHECK (length(device) BETWEEN 1 AND 40),
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    scanned_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    digest bytea NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('entered', 'left', 'repeated', 'conflict', 'refused', 'undone')),
    refusal text,
    undone_by uuid REFERENCES staff ON DELETE RESTRICT,
    undone_at timestamptz,
    undo_reason text NOT NULL DEFAULT '' CHECK (length(undo_reason) <= 500),
    CHECK ((outcome = 'refused') = (refusal IS NOT NULL)),
    CHECK ((outcome = 'undone') = (undone_at IS NOT NULL)),
    CHECK (signup_id IS NOT NULL OR outcome = 'refused')
);
CREATE INDEX salon_scans_signup ON salon_scans (signup_id, scanned_at, id) WHERE signup_id IS NOT NULL;
CREATE INDEX salon_scans_salon ON salon_scans (salon_id, received_at DESC, id DESC);
CREATE INDEX salon_scans_strange ON salon_scans (salon_id, scanned_at) WHERE outcome IN ('conflict', 'refused');

-- One row for each ticket that was ever used: is its holder inside now?
CREATE TABLE salon_presences (
    signup_id uuid PRIMARY KEY REFERENCES salon_signups ON DELETE CASCADE,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    first_in_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    is_inside boolean NOT NULL,
    entries integer NOT NULL CHECK (entries > 0),
    conflicts integer NOT NULL DEFAULT 0
);
CREATE INDEX salon_presences_salon ON salon_presences (salon_id, is_inside);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('salon_scans', 'row', '6 months', '签到记录只用于核对到场', 'received_at', NULL);
