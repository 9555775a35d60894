-- What comes after a visit is confirmed: who was really there, what was found and promised, its owner's word on it.

-- `edition` counts the minutes that were filed. `closed_by` tells the three ways of closing apart. `nudged_at`: when
-- whoever went was told that something is missing: that they came, or what they found.
ALTER TABLE visits
    ADD COLUMN reported_at timestamptz,
    ADD COLUMN edition integer NOT NULL DEFAULT 0 CHECK (edition >= 0),
    ADD COLUMN closed_by text CHECK (closed_by IN ('confirmed', 'silence', 'decision')),
    ADD COLUMN nudged_at timestamptz;
CREATE INDEX visits_unrecorded ON visits (ends_at) WHERE state = 'confirmed';
CREATE INDEX visits_unreported ON visits (arrived_at) WHERE state = 'arrived';

-- Who of a visit's parties was there, each for itself. Scanned: the owner's phone showed a pass, good for once (`nonce`).
-- Told and back-filled ones rest on the word of staff, so their owner may object; so he may to having been missed.
CREATE TABLE visit_attendances (
    visit_id uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    how text NOT NULL CHECK (how IN ('scanned', 'told', 'back_filled', 'missed')),
    arrived_at timestamptz,
    noted_at timestamptz NOT NULL,
    noted_by uuid REFERENCES staff ON DELETE RESTRICT,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    nonce uuid UNIQUE,
    objected_at timestamptz,
    objected_by uuid REFERENCES persons ON DELETE RESTRICT,
    objection text NOT NULL DEFAULT '' CHECK (length(objection) <= 500),
    decided_at timestamptz,
    decided_by uuid REFERENCES staff ON DELETE RESTRICT,
    verdict text NOT NULL DEFAULT '' CHECK (length(verdict) <= 500),
    is_set_aside boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (visit_id, enterprise_id),
    FOREIGN KEY (visit_id, enterprise_id) REFERENCES visit_parties ON DELETE CASCADE,
    CHECK ((how = 'missed') = (arrived_at IS NULL)),
    CHECK ((how = 'scanned') = (nonce IS NOT NULL)),
    CHECK (NOT is_set_aside OR decided_at IS NOT NULL)
);
CREATE INDEX visit_attendances_open ON visit_attendances (objected_at)
    WHERE objected_at IS NOT NULL AND decided_at IS NULL;

-- Minutes, edition by edition: an older one is never written over. A visit is a service: no finding is a violation.
CREATE TABLE visit_reports (
    visit_id uuid NOT NULL REFERENCES visits ON DELETE CASCADE,
    edition integer NOT NULL CHECK (edition > 0),
    text text NOT NULL CHECK (length(text) <= 4000),
    why text NOT NULL DEFAULT '' CHECK (length(why) <= 500),
    filed_by uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    filed_at timestamptz NOT NULL,
    PRIMARY KEY (visit_id, edition)
);
-- `enterprise_id`: of which party alone it speaks, and so who alone reads it; NULL where it speaks of all.
CREATE TABLE visit_findings (
    visit_id uuid NOT NULL,
    edition integer NOT NULL,
    nr smallint NOT NULL CHECK (nr > 0),
    kind text NOT NULL CHECK (kind IN ('policy', 'difficulty', 'quality', 'finance', 'advice', 'other')),
    words text NOT NULL CHECK (length(words) BETWEEN 1 AND 1000),
    enterprise_id uuid REFERENCES enterprises ON DELETE RESTRICT,
    PRIMARY KEY (visit_id, edition, nr),
    FOREIGN KEY (visit_id, edition) REFERENCES visit_reports ON DELETE CASCADE
);
CREATE TABLE visit_photos (
    visit_id uuid NOT NULL,
    edition integer NOT NULL,
    nr smallint NOT NULL,
    position smallint NOT NULL CHECK (position > 0),
    file_id uuid NOT NULL REFERENCES files ON DELETE RESTRICT,
    PRIMARY KEY (visit_id, edition, nr, position),
    FOREIGN KEY (visit_id, edition, nr) REFERENCES visit_findings ON DELETE CASCADE
);
CREATE INDEX visit_photos_file ON visit_photos (file_id);

-- What was promised on a visit, and to whom. Each is a case from the transaction on that writes it (its origin is `id`);
-- minutes that are amended add promises and take none back.
CREATE TABLE visit_promises (
    id uuid PRIMARY KEY,
    visit_id uuid NOT NULL,
    edition integer NOT NULL,
    nr smallint NOT NULL CHECK (nr > 0),
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
    category text NOT NULL,
    due_on date NOT NULL,
    made_by uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    made_at timestamptz NOT NULL,
    kept_at timestamptz,
    UNIQUE (visit_id, nr),
    FOREIGN KEY (visit_id, edition) REFERENCES visit_reports ON DELETE CASCADE
);

-- The word of each party that was there on the newest minutes. Silence counts only from a notice that is proven to have
-- reached it. `objections` counts over all editions.
CREATE TABLE visit_confirmations (
    visit_id uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    edition integer NOT NULL CHECK (edition > 0),
    state text NOT NULL CHECK (state IN ('waiting', 'confirmed', 'objected', 'silent', 'decided')),
    reached_at timestamptz,
    reached_how text CHECK (reached_how IN ('opened', 'call', 'counter')),
    reached_by uuid REFERENCES staff ON DELETE RESTRICT,
    remind_at timestamptz,
    silence_at timestamptz,
    invite_at timestamptz,
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 500),
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    said_at timestamptz,
    objections smallint NOT NULL DEFAULT 0 CHECK (objections >= 0),
    PRIMARY KEY (visit_id, enterprise_id),
    FOREIGN KEY (visit_id, enterprise_id) REFERENCES visit_parties ON DELETE CASCADE,
    CHECK ((reached_at IS NULL) = (reached_how IS NULL)),
    CHECK (silence_at IS NULL OR reached_at IS NOT NULL)
);
CREATE INDEX visit_confirmations_silence ON visit_confirmations (silence_at) WHERE silence_at IS NOT NULL;
CREATE INDEX visit_confirmations_remind ON visit_confirmations (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX visit_confirmations_invite ON visit_confirmations (invite_at) WHERE invite_at IS NOT NULL;

-- 好差评 of a visit, as of a case: no level is preselected, one addition later. A bad one has a case of its own (`id`).
CREATE TABLE visit_ratings (
    id uuid PRIMARY KEY,
    visit_id uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 5),
    words text NOT NULL DEFAULT '' CHECK (length(words) <= 500),
    person_id uuid REFERENCES persons ON DELETE RESTRICT,
    rated_at timestamptz NOT NULL,
    later_level smallint CHECK (later_level BETWEEN 1 AND 5),
    later_words text NOT NULL DEFAULT '' CHECK (length(later_words) <= 500),
    added_at timestamptz,
    UNIQUE (visit_id, enterprise_id),
    FOREIGN KEY (visit_id, enterprise_id) REFERENCES visit_parties ON DELETE CASCADE,
    CHECK ((later_level IS NULL) = (added_at IS NULL))
);
