-- A key by which a bank's program acts as one of its accounts: it can do and see what that account can, and ends with it.
CREATE TABLE financing_clients (
    id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    key_sealed bytea NOT NULL,
    webhook_url text CHECK (webhook_url LIKE 'https://%'),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX financing_clients_staff ON financing_clients (staff_id) WHERE revoked_at IS NULL;
-- A request's nonce counts once; older ones are refused by their time already.
CREATE TABLE financing_nonces (
    client_id uuid NOT NULL REFERENCES financing_clients ON DELETE CASCADE,
    nonce text NOT NULL CHECK (length(nonce) BETWEEN 16 AND 64),
    at timestamptz NOT NULL,
    PRIMARY KEY (client_id, nonce)
);
CREATE INDEX financing_nonces_at ON financing_nonces (at);
INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('financing_nonces', 'row', '2 days', '同一签名请求只接受一次', 'at', NULL);
