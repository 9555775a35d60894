-- What owners keep and search for among the policies, and what makes their lists quick.

-- Over policies, not versions: a favourite survives every new edition, and says so when the policy is gone.
CREATE TABLE policy_favourites (
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    policy_id uuid NOT NULL REFERENCES policies ON DELETE RESTRICT,
    at timestamptz NOT NULL,
    PRIMARY KEY (person_id, policy_id)
);
CREATE INDEX policy_favourites_policy ON policy_favourites (policy_id);

-- What a text is found by: every two Chinese characters that stand together (the last of a run also alone, so that a
-- prefix finds any single one), and every word or number in Latin signs. `field` goes before each, for its weight.
-- `backend/policies/words.py` cuts what is asked in the same way.
CREATE FUNCTION search_grams(field text, said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH plain AS (SELECT lower(normalize(said, NFKC)) AS said),
    signs AS (
        SELECT sign, n, sign COLLATE "C" BETWEEN '㐀' AND '鿿' OR sign COLLATE "C" BETWEEN '𠀀' AND '𳑿' AS is_chinese
        FROM plain, unnest(string_to_array(plain.said, NULL)) WITH ORDINALITY AS cut (sign, n)
    ),
    pairs AS (
        SELECT sign || CASE WHEN lead(is_chinese) OVER follows THEN lead(sign) OVER follows ELSE '' END AS gram,
               is_chinese
        FROM signs WINDOW follows AS (ORDER BY n)
    )
    SELECT coalesce(array_agg(DISTINCT field || gram), '{}') FROM (
        SELECT gram FROM pairs WHERE is_chinese
        UNION ALL
        SELECT left(latin[1], 60) FROM plain, regexp_matches(plain.said, '[a-z0-9]+', 'g') AS latin
    ) AS grams
$$;

-- How a policy stands in a list, as ready JSON without its last bracket: built once when it is written, not at every
-- reading. Immutable: JSON spells days in one way whatever the session says.
CREATE FUNCTION policy_card(
    policy_id uuid, title text, doc_no text, issuer text, level text, category text, action text, summary text,
    effective_from date, effective_to date, apply_from date, apply_until date
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT rtrim(row_to_json(card)::text, '}') FROM (
        SELECT policy_id AS id, title, doc_no, issuer, level, category, action, summary, effective_from,
               least(effective_to, apply_until) AS until, apply_from, greatest(effective_from, apply_from) AS opens_on
    ) AS card
$$;

-- `opens_on` and `last_on`: from when until when there is something to apply for. Fields of `words`: a title,
-- b category, summary and benefit, c everything else, what the conditions say and cite too.
ALTER TABLE policy_versions
    ADD COLUMN opens_on date GENERATED ALWAYS AS (greatest(effective_from, apply_from)) STORED,
    ADD COLUMN last_on date GENERATED ALWAYS AS (least(effective_to, apply_until)) STORED,
    ADD COLUMN card text STORAGE PLAIN GENERATED ALWAYS AS (
        policy_card(policy_id, title, doc_no, issuer, level, category, action, summary, effective_from, effective_to,
                    apply_from, apply_until)
    ) STORED,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (
        array_to_tsvector(
            search_grams('a', title)
            || search_grams('b', category || ' ' || summary || ' ' || benefit)
            || search_grams('c', doc_no || ' ' || issuer || ' ' || body || ' ' || how_to_apply || ' ' || contact || ' '
                                 || jsonb_path_query_array(rule, '$.**.sentence')::text || ' '
                                 || jsonb_path_query_array(rule, '$.**.say')::text)
        )
    ) STORED;
CREATE INDEX policy_versions_words ON policy_versions USING gin (words) WHERE state IN ('published', 'expired');

-- Which published policies exclude each other, both ways round, whichever of the two says so. The database keeps it,
-- for versions come and go by many statements; the wording is in `policy_versions.exclusions`.
CREATE TABLE policy_exclusions (
    policy_id uuid NOT NULL REFERENCES policies ON DELETE CASCADE,
    other_id uuid NOT NULL REFERENCES policies ON DELETE CASCADE CHECK (other_id <> policy_id),
    PRIMARY KEY (policy_id, other_id)
);
CREATE INDEX policy_exclusions_other ON policy_exclusions (other_id);
-- The numbers that published policies name, though no such policy be there yet.
CREATE TABLE policy_exclusion_names (
    number text NOT NULL,
    policy_id uuid NOT NULL REFERENCES policies ON DELETE CASCADE,
    PRIMARY KEY (number, policy_id)
);
CREATE INDEX policy_exclusion_names_policy ON policy_exclusion_names (policy_id);

-- Small tables, looked at by key: what it costs doesn't grow with the library.
CREATE FUNCTION keep_policy_exclusions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_number text;
BEGIN
    DELETE FROM policy_exclusions WHERE policy_id = NEW.policy_id;
    DELETE FROM policy_exclusions WHERE other_id = NEW.policy_id;
    DELETE FROM policy_exclusion_names WHERE policy_id = NEW.policy_id;
    IF NEW.state <> 'published' THEN
        RETURN NULL;
    END IF;
    SELECT number INTO its_number FROM policies WHERE id = NEW.policy_id;
    IF NEW.exclusions <> '[]' THEN
        INSERT INTO policy_exclusion_names
        SELECT DISTINCT one ->> 'number', NEW.policy_id FROM jsonb_array_elements(NEW.exclusions) AS one
        WHERE one ->> 'number' <> its_number;
        INSERT INTO policy_exclusions
        SELECT pair.* FROM policy_exclusion_names n JOIN policies p ON p.number = n.number
        JOIN policy_versions v ON v.policy_id = p.id AND v.state = 'published'
        CROSS JOIN LATERAL (VALUES (n.policy_id, p.id), (p.id, n.policy_id)) AS pair
        WHERE n.policy_id = NEW.policy_id ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO policy_exclusions
    SELECT pair.* FROM policy_exclusion_names n
    CROSS JOIN LATERAL (VALUES (n.policy_id, NEW.policy_id), (NEW.policy_id, n.policy_id)) AS pair
    WHERE n.number = its_number ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER policy_versions_come AFTER INSERT ON policy_versions
    FOR EACH ROW WHEN (NEW.state = 'published') EXECUTE FUNCTION keep_policy_exclusions();
CREATE TRIGGER policy_versions_change AFTER UPDATE OF state, exclusions ON policy_versions
    FOR EACH ROW WHEN (NEW.state = 'published' OR OLD.state = 'published') EXECUTE FUNCTION keep_policy_exclusions();
