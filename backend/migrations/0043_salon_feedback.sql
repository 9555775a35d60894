-- Feedback that nobody can be tied to: what an attendee's row knows is that he was given a token, and nothing else.

ALTER TABLE salon_signups ADD COLUMN feedback_token_given boolean NOT NULL DEFAULT FALSE;

-- Random ids and no times: neither order nor hour tells whose it is. A token goes when it is used.
CREATE TABLE salon_feedback_tokens (
    id uuid PRIMARY KEY,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE
);
CREATE TABLE salon_feedback (
    id uuid PRIMARY KEY,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE,
    on_day date NOT NULL,
    rating integer NOT NULL CHECK (rating BETWEEN 1 AND 5),
    body text NOT NULL DEFAULT '' CHECK (length(body) <= 1000)
);
CREATE INDEX salon_feedback_salon ON salon_feedback (salon_id, id);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('salon_feedback', 'row', '60 months', '沙龙的匿名评价与沙龙同期保存', 'on_day', NULL);
