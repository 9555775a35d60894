-- What waits in a unit, the newest first: read in that order. By the index of all that ever came to the unit a page looked
-- as dear as sorting all that is open, and grew with it.
CREATE INDEX cases_unit_open ON cases (unit_id, received_at, id) WHERE queue_at < timestamptz '9000-01-01 00:00+00';
