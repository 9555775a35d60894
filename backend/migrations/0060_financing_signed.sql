-- Financing: what was signed stays as it was signed, and figures go by what an enterprise was when it asked.

-- Of a consent only its end is written, and its signer taken out when he leaves; of a reading nothing at all.
CREATE FUNCTION financing_consents_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND OLD.revoked_at IS DISTINCT FROM NEW.revoked_at
        OR NEW.person_id IS DISTINCT FROM OLD.person_id AND NEW.person_id IS NOT NULL
        OR NEW.signed_from <> OLD.signed_from AND NEW.signed_from <> ''
        OR to_jsonb(OLD) - '{revoked_at,revoked_by,reads_before_revoke,person_id,signed_from}'::text[]
            <> to_jsonb(NEW) - '{revoked_at,revoked_by,reads_before_revoke,person_id,signed_from}'::text[]
    THEN
        RAISE EXCEPTION 'what was consented to stays as it was signed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER financing_consents_stay BEFORE UPDATE ON financing_consents
    FOR EACH ROW EXECUTE FUNCTION financing_consents_stay();
CREATE FUNCTION financing_reads_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a bank read stays written';
END
$$;
CREATE TRIGGER financing_reads_stay BEFORE UPDATE ON financing_reads
    FOR EACH ROW EXECUTE FUNCTION financing_reads_stay();

-- How large the enterprise was when it asked; what was asked before this step counts by what is known now.
ALTER TABLE financing_applications ADD COLUMN size text;
UPDATE financing_applications a SET size = e.statistical_size FROM enterprises e
WHERE e.id = a.enterprise_id AND a.state <> 'draft';
