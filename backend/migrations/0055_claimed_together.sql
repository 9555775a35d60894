-- Claims the Idempotency-Keys of a set for the running transaction: waits for twins, one after the other in an order that
-- all sets share, then returns the answers that some of the keys have already, by their places. Like the function for one
-- key; besides, the rest of the transaction uses one plan of each statement, as `plan_once` of the program does.
CREATE FUNCTION claim_idempotency_keys(actors text[], routes text[], keys text[], locks bigint[], since timestamptz)
RETURNS TABLE (n bigint, body_hash bytea, status smallint, answer bytea) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    oldest uuid := uuid_floor(least(since, now() - interval '24 hours'));
    newest uuid := uuid_floor(now() + interval '1 hour');
BEGIN
    PERFORM set_config('plan_cache_mode', 'force_generic_plan', TRUE);
    PERFORM pg_advisory_xact_lock(l.lock) FROM (SELECT DISTINCT u.lock FROM unnest(locks) AS u (lock) ORDER BY 1) AS l;
    RETURN QUERY
        SELECT w.n, k.body_hash, k.status, k.answer
        FROM unnest(actors, routes, keys) WITH ORDINALITY AS w (actor, route, key, n),
        LATERAL (
            SELECT i.body_hash, i.status, i.answer FROM idempotency_keys i
            WHERE i.actor = w.actor AND i.route = w.route AND i.key = w.key
              AND i.id >= oldest AND i.id < newest AND i.created_at > since
            LIMIT 1
        ) AS k;
END
$$;
