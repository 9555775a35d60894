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
CREATE INDEX policy_versions_excluding ON policy_versions USING gin (exclusions jsonb_path_ops)
    WHERE state = 'published' AND exclusions <> '[]';

-- Its plans are kept from when a table was small, and must not read all of it when it no longer is.
CREATE FUNCTION keep_policy_exclusions() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    DELETE FROM policy_exclusions WHERE NEW.policy_id IN (policy_id, other_id);
    INSERT INTO policy_exclusions
    WITH pairs AS (
        SELECT named.policy_id AS other_id
        FROM jsonb_array_elements(NEW.exclusions) AS one
        JOIN policies p ON p.number = one ->> 'number'
        JOIN policy_versions named ON named.policy_id = p.id AND named.state = 'published'
        WHERE NEW.state = 'published'
        UNION
        SELECT naming.policy_id FROM policies p JOIN policy_versions naming
          ON naming.exclusions @> jsonb_build_array(jsonb_build_object('number', p.number))
         AND naming.exclusions <> '[]' AND naming.state = 'published'
        WHERE p.id = NEW.policy_id AND EXISTS (
            SELECT FROM policy_versions v WHERE v.policy_id = NEW.policy_id AND v.state = 'published')
    )
    SELECT NEW.policy_id, other_id FROM pairs WHERE other_id <> NEW.policy_id
    UNION ALL
    SELECT other_id, NEW.policy_id FROM pairs WHERE other_id <> NEW.policy_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER policy_versions_come AFTER INSERT ON policy_versions
    FOR EACH ROW WHEN (NEW.state = 'published') EXECUTE FUNCTION keep_policy_exclusions();
CREATE TRIGGER policy_versions_change AFTER UPDATE OF state, exclusions ON policy_versions
    FOR EACH ROW WHEN (NEW.state = 'published' OR OLD.state = 'published') EXECUTE FUNCTION keep_policy_exclusions();
