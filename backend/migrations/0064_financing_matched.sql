-- Financing: when a need was last measured against the products; what came out since is a reason to do so again.

ALTER TABLE financing_applications ADD COLUMN matched_at timestamptz;
UPDATE financing_applications SET matched_at = submitted_at;
