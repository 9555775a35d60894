-- What owners keep and search for among the policies.

-- Over policies, not versions: a favourite survives every new edition, and says so when the policy is gone.
CREATE TABLE policy_favourites (
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    policy_id uuid NOT NULL REFERENCES policies ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    PRIMARY KEY (person_id, policy_id)
);
CREATE INDEX policy_favourites_policy ON policy_favourites (policy_id);
