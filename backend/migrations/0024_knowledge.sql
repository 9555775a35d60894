-- The knowledge base: articles in editions, what they rest on, what has to be looked at again when that changes; the
-- index of similar answers; and what is asked without an article.

CREATE TABLE knowledge_articles (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE CHECK (length(number) BETWEEN 2 AND 32),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);

CREATE FUNCTION cited_versions(citations jsonb) RETURNS uuid[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT (one ->> 'version_id')::uuid), '{}')
    FROM jsonb_array_elements(citations) AS one WHERE one ? 'version_id'
$$;

-- `audience`: an internal edition is for staff alone. `cites`: the versions of rules that its citations name, so that
-- whatever rests on one of them is found. `sent_back`: why the reviewer wants it changed. Fields of `words`: a title
-- and how it is asked, b category, c body.
CREATE TABLE knowledge_versions (
    id uuid PRIMARY KEY,
    article_id uuid NOT NULL REFERENCES knowledge_articles ON DELETE RESTRICT,
    edition integer NOT NULL CHECK (edition >= 1),
    state text NOT NULL DEFAULT 'draft' CHECK (
        state IN ('draft', 'in_review', 'published', 'superseded', 'withdrawn')
    ),
    audience text NOT NULL CHECK (audience IN ('public', 'internal')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 20000),
    category text NOT NULL REFERENCES case_categories ON DELETE RESTRICT,
    asked_as jsonb NOT NULL DEFAULT '[]',
    citations jsonb NOT NULL DEFAULT '[]',
    cites uuid[] GENERATED ALWAYS AS (cited_versions(citations)) STORED,
    sent_back text NOT NULL DEFAULT '',
    author_id uuid,
    edited_by uuid,
    reviewer_id uuid,
    created_at timestamptz NOT NULL,
    edited_at timestamptz NOT NULL,
    submitted_at timestamptz,
    published_at timestamptz,
    ended_at timestamptz,
    end_reason text NOT NULL DEFAULT '',
    words tsvector GENERATED ALWAYS AS (
        array_to_tsvector(
            search_grams('a', title || ' ' || asked_as::text) || search_grams('b', category) || search_grams('c', body)
        )
    ) STORED,
    UNIQUE (article_id, edition),
    CHECK ((state IN ('published', 'superseded', 'withdrawn')) = (published_at IS NOT NULL)),
    CHECK ((state IN ('superseded', 'withdrawn')) = (ended_at IS NOT NULL)),
    CHECK (reviewer_id IS NULL OR reviewer_id NOT IN (author_id, edited_by))
);
CREATE UNIQUE INDEX knowledge_versions_open ON knowledge_versions (article_id) WHERE state IN ('draft', 'in_review');
CREATE UNIQUE INDEX knowledge_versions_published ON knowledge_versions (article_id) WHERE state = 'published';
CREATE INDEX knowledge_versions_words ON knowledge_versions USING gin (words);
CREATE INDEX knowledge_versions_cites ON knowledge_versions USING gin (cites) WHERE published_at IS NOT NULL;

-- How many said that an edition helped, by day: no person, no address, no single answer.
CREATE TABLE knowledge_votes (
    version_id uuid NOT NULL REFERENCES knowledge_versions ON DELETE RESTRICT,
    on_day date NOT NULL,
    helped integer NOT NULL DEFAULT 0 CHECK (helped >= 0),
    did_not integer NOT NULL DEFAULT 0 CHECK (did_not >= 0),
    PRIMARY KEY (version_id, on_day)
);

-- One line for each article or answer that rests on something that changed. An article is a `version_id`, an answer a
-- case and the number of its event there. `change` and `words` say what became of the source, `said` what was cited.
CREATE TABLE knowledge_corrections (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    ref_id uuid NOT NULL,
    change text NOT NULL CHECK (change IN ('superseded', 'corrected', 'withdrawn', 'expired')),
    words text NOT NULL,
    said text NOT NULL DEFAULT '',
    version_id uuid REFERENCES knowledge_versions ON DELETE RESTRICT,
    case_id uuid,
    seq integer,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'corrected', 'unaffected')),
    opened_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_by uuid,
    reason text NOT NULL DEFAULT '',
    told_at timestamptz,
    told_by uuid,
    FOREIGN KEY (case_id, seq) REFERENCES case_events ON DELETE RESTRICT,
    CHECK ((version_id IS NULL) = (case_id IS NOT NULL) AND (case_id IS NULL) = (seq IS NULL)),
    CHECK ((state = 'open') = (settled_at IS NULL)),
    CHECK (state <> 'unaffected' OR reason <> '')
);
CREATE UNIQUE INDEX knowledge_corrections_article ON knowledge_corrections (version_id, source, ref_id)
    WHERE version_id IS NOT NULL;
CREATE UNIQUE INDEX knowledge_corrections_answer ON knowledge_corrections (case_id, seq, source, ref_id)
    WHERE case_id IS NOT NULL;
CREATE INDEX knowledge_corrections_open ON knowledge_corrections (id) WHERE state = 'open';
CREATE INDEX knowledge_corrections_settled ON knowledge_corrections (settled_at) WHERE settled_at IS NOT NULL;

-- Cuts a text into what is compared: every Chinese character, every two that stand together, every Latin word and number,
-- each once, with `field` before it.
CREATE FUNCTION similar_cut(field text, said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH plain AS (SELECT lower(normalize(said, NFKC)) AS said),
    signs AS (
        SELECT sign, n, sign COLLATE "C" BETWEEN '㐀' AND '鿿' OR sign COLLATE "C" BETWEEN '𠀀' AND '𳑿' AS is_chinese
        FROM plain, unnest(string_to_array(plain.said, NULL)) WITH ORDINALITY AS cut (sign, n)
    ),
    pairs AS (
        SELECT sign, is_chinese, lead(sign) OVER follows AS following, lead(is_chinese) OVER follows AS is_followed
        FROM signs WINDOW follows AS (ORDER BY n)
    )
    SELECT coalesce(array_agg(DISTINCT field || gram), '{}') FROM (
        SELECT sign AS gram FROM pairs WHERE is_chinese
        UNION ALL
        SELECT sign || following FROM pairs WHERE is_chinese AND is_followed
        UNION ALL
        SELECT left(latin[1], 60) FROM plain, regexp_matches(plain.said, '[a-z0-9]+', 'g') AS latin
    ) AS grams
$$;

-- What is looked through for something similar: published public articles and published answers, nothing else.
-- `grams` are its cuts, with `a` before those of what was asked and `b` before those of what was answered; `size` is how
-- many of the first there are.
CREATE TABLE similar_texts (
    source text NOT NULL,
    ref_id uuid NOT NULL,
    title text NOT NULL,
    excerpt text NOT NULL,
    published_at timestamptz NOT NULL,
    size integer NOT NULL,
    grams text[] NOT NULL,
    PRIMARY KEY (source, ref_id)
);
CREATE INDEX similar_texts_grams ON similar_texts USING gin (grams) WITH (fastupdate = off);

-- In how many of those texts each cut stands: what is rare says more. The empty one counts the texts.
CREATE TABLE similar_grams (
    gram text PRIMARY KEY,
    texts integer NOT NULL CHECK (texts >= 0)
);

-- In the order of their names: two commands that publish at once wait for each other, and never in a circle.
CREATE FUNCTION count_similar_grams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO similar_grams AS g (gram, texts)
        SELECT gram, count(*) FROM added, unnest(added.grams || ''::text) AS gram GROUP BY gram ORDER BY gram
        ON CONFLICT (gram) DO UPDATE SET texts = g.texts + EXCLUDED.texts;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO similar_grams AS g (gram, texts)
        SELECT gram, count(*) FROM gone, unnest(gone.grams || ''::text) AS gram GROUP BY gram ORDER BY gram
        ON CONFLICT (gram) DO UPDATE SET texts = greatest(0, g.texts - EXCLUDED.texts);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER similar_texts_come AFTER INSERT ON similar_texts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_similar_grams();
CREATE TRIGGER similar_texts_change AFTER UPDATE ON similar_texts
    REFERENCING NEW TABLE AS added OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_similar_grams();
CREATE TRIGGER similar_texts_go AFTER DELETE ON similar_texts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_similar_grams();

-- The newest report of what is asked without an article. A cluster names cases and repeats none of their words, so that
-- whatever is erased there is gone here as well. `categories`: how many each category has. `shared`: the pairs of
-- characters that most of a cluster's questions have in common; `case_ids`: some of them, the most typical first.
CREATE TABLE knowledge_gap_reports (
    id uuid PRIMARY KEY,
    made_at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    questions integer NOT NULL CHECK (questions >= 0),
    is_cut boolean NOT NULL,
    categories jsonb NOT NULL
);
CREATE TABLE knowledge_gaps (
    id uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES knowledge_gap_reports ON DELETE CASCADE,
    category text NOT NULL REFERENCES case_categories ON DELETE RESTRICT,
    size integer NOT NULL CHECK (size >= 2),
    shared text[] NOT NULL,
    case_ids uuid[] NOT NULL
);
CREATE INDEX knowledge_gaps_report ON knowledge_gaps (report_id, size DESC, id);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('knowledge_corrections', 'row', '5 years', '已办结的知识订正五年内可查', 'settled_at', 'settled_at IS NULL'),
    ('knowledge_votes', 'row', '5 years', '知识条目是否有用的统计', 'on_day', NULL);
