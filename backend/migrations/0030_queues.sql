-- What staff work through: queues in order of their dues, search from two characters on, figures over the log.

-- Every two signs that stand together, in small letters, each pair once: a word of two signs or more stands only where
-- all its pairs do. Trigrams find nothing of two signs, and most Chinese words have two.
CREATE FUNCTION case_pairs(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT pair), '{}') FROM (
        SELECT sign || lead(sign) OVER (ORDER BY n) AS pair
        FROM unnest(string_to_array(lower(said), NULL)) WITH ORDINALITY AS cut (sign, n)
    ) AS pairs
    WHERE pair !~ '\s'
$$;

-- `queue_at`: its place in any queue. Its due; behind all of these what waits for others than staff; behind those what
-- is over. So one index gives the open ones in their order and ends where they do. `alarm_level`: the highest percent
-- (0, 50, 80, 100) that a running clock has reached in its round; kept by whatever reads the clocks.
ALTER TABLE cases
    ADD COLUMN alarm_level smallint NOT NULL DEFAULT 0 CHECK (alarm_level IN (0, 50, 80, 100)),
    ADD COLUMN queue_at timestamptz GENERATED ALWAYS AS (
        CASE WHEN closed_at IS NOT NULL OR merged_into IS NOT NULL THEN timestamptz '9000-01-01 00:00+00'
             ELSE coalesce(due_at, timestamptz '8000-01-01 00:00+00') END
    ) STORED,
    ADD COLUMN pairs text[] GENERATED ALWAYS AS (case_pairs(title || ' ' || body)) STORED;

-- What they include is what says who may see a case: so those who see a part alone count it without reading the cases.
DROP INDEX cases_due, cases_unit, cases_handler, cases_not_reached, cases_awaiting, cases_search;
CREATE INDEX cases_due ON cases (queue_at, id)
    INCLUDE (unit_id, district, handler_id, answerable_id, offered_to, alarm_level);
CREATE INDEX cases_unit ON cases (unit_id, queue_at, id) INCLUDE (district, handler_id, answerable_id, offered_to);
CREATE INDEX cases_handler ON cases (handler_id, queue_at, id);
CREATE INDEX cases_received ON cases (received_at, id);
CREATE INDEX cases_unit_received ON cases (unit_id, received_at, id);
CREATE INDEX cases_unheld ON cases (queue_at, id) INCLUDE (unit_id, district, handler_id, answerable_id, offered_to)
    WHERE handler_id IS NULL AND offered_to IS NULL;
CREATE INDEX cases_unheld_received ON cases (received_at, id) WHERE handler_id IS NULL AND offered_to IS NULL;
CREATE INDEX cases_not_reached ON cases (queue_at, id) INCLUDE (unit_id, district, handler_id, answerable_id, offered_to)
    WHERE state = 'answered' AND reached_at IS NULL;
CREATE INDEX cases_awaiting ON cases (queue_at, id) WHERE awaits_decision;
CREATE INDEX cases_supervised ON cases (queue_at, id) WHERE supervised_at IS NOT NULL;
CREATE INDEX cases_number ON cases (number text_pattern_ops);
CREATE INDEX cases_pairs ON cases USING gin (pairs);

-- What the figures ask of the log: when it was answered, refused, promised, whether it ever stood still, what was undone.
CREATE INDEX case_events_counted ON case_events (case_id, kind, at) INCLUDE (seq)
    WHERE kind IN ('answered', 'declined', 'refused', 'reopened', 'promised', 'asked', 'paused', 'merged',
                   'category_changed', 'taken_back');
CREATE INDEX case_alarms_over ON case_alarms (case_id, clock, at) WHERE level = 100;
