-- What the cap of a day put off: looked for by every claim, to become one message of the next day.
CREATE INDEX deliveries_capped ON deliveries (address_id) WHERE state = 'deferred' AND reason = 'capped';

-- Where the check of the trail stands that goes on night by night: the last seal that held and what the next one must
-- fit to. `reached_at`: when the end of the trail was last reached.
CREATE TABLE audit_round (
    is_only boolean PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    began_at timestamptz NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    entries bigint NOT NULL,
    cluster text NOT NULL,
    horizon text NOT NULL,
    emptied_at timestamptz,
    reached_at timestamptz
);
