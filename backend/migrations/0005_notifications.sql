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

-- Addresses, inbox, credits, deliveries.
