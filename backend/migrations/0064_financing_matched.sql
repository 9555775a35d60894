-- Financing: when a need was last measured against the products; what came out since is a reason to do so again.

ALTER TABLE financing_applications ADD COLUMN matched_at timestamptz;
UPDATE financing_applications SET matched_at = submitted_at;

-- Callbacks of banks in the bureau's own network may go without TLS where the operator allows private addresses at all.
ALTER TABLE financing_clients DROP CONSTRAINT financing_clients_webhook_url_check,
    ADD CONSTRAINT financing_clients_webhook_url_check CHECK (webhook_url ~ '^https?://');
