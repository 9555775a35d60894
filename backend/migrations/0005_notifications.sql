-- What WeChat pushes to us and what we tell people: callback events; addresses, inbox, credits, deliveries.

-- Claims an Idempotency-Key for the running transaction: waits for a twin, then returns the answer the key already has.
-- One function, because the look-up needs a snapshot taken after the lock and one trip to the server is enough for both.
CREATE FUNCTION claim_idempotency_key(of_actor text, of_route text, of_key text, lock bigint, since timestamptz)
RETURNS TABLE (body_hash bytea, status smallint, answer bytea) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    -- only partitions that can hold the row are looked into; the host that wrote it may be ahead of this one
    oldest uuid := uuid_floor(least(since, now() - interval '24 hours'));
    newest uuid := uuid_floor(now() + interval '1 hour');
BEGIN
    PERFORM pg_advisory_xact_lock(lock);
    RETURN QUERY
        SELECT k.body_hash, k.status, k.answer FROM idempotency_keys k
        WHERE k.actor = of_actor AND k.route = of_route AND k.key = of_key
          AND k.id >= oldest AND k.id < newest AND k.created_at > since
        ORDER BY k.id LIMIT 1;
END
$$;

-- Pushes of WeChat, stored before they are answered and handled by a worker; dedupe_keys keeps each one single.
CREATE TABLE callback_events (
    id uuid NOT NULL,
    account text NOT NULL,
    dedupe_hash bytea NOT NULL,
    event jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    handled_at timestamptz,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX callback_events_waiting ON callback_events (id) WHERE handled_at IS NULL;

INSERT INTO retention (table_name, step, keep, reason) VALUES
    ('callback_events', 'month', '3 months', '微信推送处理完毕后只用于排错');
SELECT make_partitions('callback_events', now() - interval '1 month', 3);

-- Whoever erases a person finds the pushes about him by this.
CREATE INDEX callback_events_openid ON callback_events ((event ->> 'openid'));

-- What people are told. A command writes inbox, deliveries and due_notes and locks no row that others share; everything
-- about an address is decided by whoever holds its row.

-- One row a person and channel account (an openid of an appid). `claim` says which worker serves it now. `next_due_at` is
-- when its next message is due, `is_bulk` that only broadcasts wait: they stand behind everything else.
CREATE TABLE addresses (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    channel text NOT NULL CHECK (channel IN ('subscribe')),
    account text NOT NULL,
    openid text NOT NULL CHECK (openid <> ''),
    state text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'broken', 'ended')),
    claim uuid,
    next_due_at timestamptz,
    is_bulk boolean NOT NULL DEFAULT FALSE,
    counted_on date,
    broadcasts_today integer NOT NULL DEFAULT 0 CHECK (broadcasts_today >= 0),
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    UNIQUE (channel, account, openid)
) WITH (fillfactor = 80);
CREATE INDEX addresses_person ON addresses (person_id);
CREATE INDEX addresses_due ON addresses (is_bulk, next_due_at, id)
    WHERE state = 'live' AND claim IS NULL AND next_due_at IS NOT NULL;
CREATE INDEX addresses_claim ON addresses (claim) WHERE claim IS NOT NULL;

-- A worker's hold on the addresses it has claimed; one row to renew for all of them.
CREATE TABLE delivery_claims (
    id uuid PRIMARY KEY,
    until_at timestamptz NOT NULL
);

-- The templates of our accounts as WeChat lists them; several may share a title, the live one serves.
CREATE TABLE message_templates (
    template_id text PRIMARY KEY,
    account text NOT NULL,
    title text NOT NULL,
    is_long_term boolean NOT NULL,
    fields text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('live', 'misfit', 'stopped', 'gone')),
    reason text,
    seen_at timestamptz NOT NULL
);
CREATE INDEX message_templates_title ON message_templates (account, title);

-- What an address allows for a template: the balance; credit_entries is its proof. `*_open` are taps told by one side only.
CREATE TABLE credits (
    address_id uuid NOT NULL REFERENCES addresses ON DELETE RESTRICT,
    template_id text NOT NULL,
    balance integer NOT NULL DEFAULT 0 CHECK (balance >= 0),
    is_standing boolean NOT NULL DEFAULT FALSE,
    reports_open integer NOT NULL DEFAULT 0 CHECK (reports_open >= 0),
    reports_at timestamptz,
    events_open integer NOT NULL DEFAULT 0 CHECK (events_open >= 0),
    events_at timestamptz,
    emptied_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (address_id, template_id)
);

-- Append-only. Not let go with time: the sum of an address's entries is its balance.
CREATE TABLE credit_entries (
    id uuid PRIMARY KEY,
    address_id uuid NOT NULL,
    template_id text NOT NULL,
    change integer NOT NULL,
    balance integer NOT NULL CHECK (balance >= 0),
    reason text NOT NULL
        CHECK (reason IN ('report', 'popup', 'confirmed', 'standing', 'reserve', 'refund', 'refused', 'opted_out')),
    is_presumed boolean NOT NULL DEFAULT FALSE,
    delivery_id uuid,
    at timestamptz NOT NULL
);
CREATE INDEX credit_entries_of ON credit_entries (address_id, template_id, id);

CREATE TABLE inbox (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    fields jsonb NOT NULL,
    page text,
    once text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX inbox_person ON inbox (person_id, id);
CREATE INDEX inbox_unread ON inbox (person_id) WHERE read_at IS NULL;

-- One try to reach a person through one address; the first one of an inbox entry has its id. The moves of `state` are
-- backend/notifications/states.py. `claimed_at` and `is_paid` tell a refund what was reserved, and when.
CREATE TABLE deliveries (
    id uuid NOT NULL,
    inbox_id uuid NOT NULL,
    person_id uuid NOT NULL,
    address_id uuid,
    kind text NOT NULL,
    template text NOT NULL,
    template_id text,
    data jsonb,
    page text,
    is_broadcast boolean NOT NULL,
    is_urgent boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'claimed', 'sending', 'sent', 'refused', 'failed', 'unknown',
                                         'unknown_final', 'deferred', 'suppressed', 'cancelled', 'expired')),
    reason text,
    errcode integer,
    claim uuid,
    claimed_at timestamptz,
    is_paid boolean NOT NULL DEFAULT FALSE,
    attempts integer NOT NULL DEFAULT 0,
    msgid text,
    due_at timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    sending_at timestamptz,
    confirmed_at timestamptz,
    settled_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (id),
    CHECK ((claim IS NOT NULL) = (state IN ('claimed', 'sending'))),
    CHECK (state = 'suppressed' OR (address_id IS NOT NULL AND data IS NOT NULL)),
    CHECK ((settled_at IS NULL) = (state IN ('pending', 'claimed', 'sending', 'deferred', 'unknown')))
) PARTITION BY RANGE (id);
CREATE INDEX deliveries_waiting ON deliveries (address_id, due_at) WHERE state IN ('pending', 'deferred', 'claimed');
CREATE INDEX deliveries_claim ON deliveries (claim) WHERE claim IS NOT NULL;
CREATE INDEX deliveries_further ON deliveries (inbox_id) WHERE id <> inbox_id;
CREATE INDEX deliveries_msgid ON deliveries (msgid) WHERE msgid IS NOT NULL;
CREATE INDEX deliveries_unknown ON deliveries (sending_at) WHERE state = 'unknown';
-- What a sent event without a known msgid may be about.
CREATE INDEX deliveries_unproved ON deliveries (address_id, template_id) WHERE confirmed_at IS NULL
    AND (state IN ('sending', 'unknown', 'unknown_final') OR (state = 'sent' AND msgid IS NULL));

-- "There is something new for this address": written by commands, worked off by the workers before they claim.
CREATE TABLE due_notes (
    delivery_id uuid PRIMARY KEY,
    address_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    is_bulk boolean NOT NULL
);

INSERT INTO retention (table_name, step, keep, reason, held_while) VALUES
    ('inbox', 'month', '24 months', '收到的消息两年内可查', NULL),
    ('deliveries', 'month', '12 months', '送达记录用于查询“谁没有收到、为什么”', 'settled_at IS NULL');
SELECT make_partitions(name, now() - interval '1 month', 4) FROM unnest(ARRAY['inbox', 'deliveries']) AS t (name);
