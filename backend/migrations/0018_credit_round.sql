-- Where the nightly comparison of balances with their ledger stands: the last address that was compared, and how many
-- balances were not proven so far. One row, for one comparison goes on at a time.
CREATE TABLE credit_round (
    is_only boolean PRIMARY KEY DEFAULT TRUE CHECK (is_only),
    address_id uuid NOT NULL,
    unproven integer NOT NULL,
    done_at timestamptz
);
