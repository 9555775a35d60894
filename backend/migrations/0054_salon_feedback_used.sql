-- A token for feedback is signed and kept nowhere: nothing is written when it is drawn but that it was. Its hash comes
-- here when it is used, so that it is used once. The primary key is the hash: its order tells nothing.
DROP TABLE salon_feedback_tokens;
CREATE TABLE salon_feedback_used (
    token_hash bytea PRIMARY KEY,
    salon_id uuid NOT NULL REFERENCES salons ON DELETE CASCADE
);
CREATE INDEX salon_feedback_used_salon ON salon_feedback_used (salon_id);
-- What was drawn and not used can't be used any more: it may be drawn again.
UPDATE salon_signups SET feedback_token_given = FALSE WHERE feedback_token_given;
-- The answers of a day are written anew together (backend/salons/mixing.py): found by their day.
CREATE INDEX salon_feedback_day ON salon_feedback (on_day);
