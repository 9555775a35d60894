-- What a push rests on: it ends as its turn comes when its subject was called off, or when its recipient no longer acts
-- for the enterprise that it is about.
CREATE TABLE called_off (
    subject uuid PRIMARY KEY,
    at timestamptz NOT NULL
);
ALTER TABLE deliveries ADD COLUMN subject uuid, ADD COLUMN enterprise_id uuid;
