-- Campaigns (批量走访): a round over an audience that a rule picks, spread over visitors and weeks; owners pick a time.

-- `districts`: where it goes, '{}' the whole city. `weeks` from the Monday `first_on` on. `per_week`: how many each visitor
-- makes in a full week. `recent_days`: whoever was visited since is left out. `lead_days`: how long before its week an
-- enterprise is asked; `answer_days`: after so many days it counts as silent. `digest` signs the list and the words off;
-- `makers` had a hand in it, so that none of them releases a long one. The moves of `state` are
-- backend/visits/campaigns/states.py. `seed` draws the order in which enterprises are given away.
CREATE TABLE visit_campaigns (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE CHECK (number ~ '^ZF-[0-9]{8}-[0-9]{4,}$'),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 60),
    why text NOT NULL CHECK (length(why) BETWEEN 1 AND 300),
    reason text NOT NULL REFERENCES visit_reasons ON DELETE RESTRICT,
    place text NOT NULL CHECK (place IN ('on_site', 'office', 'phone', 'video')),
    rule jsonb NOT NULL,
    districts text[] NOT NULL DEFAULT '{}',
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    first_on date NOT NULL CHECK (extract(isodow FROM first_on) = 1),
    weeks integer NOT NULL CHECK (weeks BETWEEN 1 AND 52),
    per_week integer NOT NULL CHECK (per_week BETWEEN 1 AND 60),
    recent_days integer NOT NULL CHECK (recent_days BETWEEN 0 AND 366),
    lead_days integer NOT NULL CHECK (lead_days BETWEEN 3 AND 60),
    answer_days integer NOT NULL CHECK (answer_days BETWEEN 1 AND 30),
    state text NOT NULL CHECK (state IN ('draft', 'frozen', 'release_wanted', 'running', 'paused', 'done', 'cancelled')),
    end_reason text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 500),
    seed text NOT NULL,
    chosen integer CHECK (chosen >= 0),
    left_out integer CHECK (left_out >= 0),
    digest text,
    explained text NOT NULL DEFAULT '',
    makers uuid[] NOT NULL DEFAULT '{}',
    created_by uuid,
    created_at timestamptz NOT NULL,
    frozen_at timestamptz,
    released_by uuid,
    released_at timestamptz,
    ended_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    CHECK (state IN ('draft', 'cancelled') OR (digest IS NOT NULL AND chosen IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (state NOT IN ('done', 'cancelled')))
);
CREATE INDEX visit_campaigns_open ON visit_campaigns (state, id) WHERE state IN ('running', 'cancelled');

-- Who goes, as chosen when it was written.
CREATE TABLE visit_campaign_visitors (
    campaign_id uuid NOT NULL REFERENCES visit_campaigns ON DELETE CASCADE,
    staff_id uuid NOT NULL REFERENCES staff ON DELETE RESTRICT,
    PRIMARY KEY (campaign_id, staff_id)
);

-- The frozen list. `left_out`: why nobody comes by this round; `week`: the Monday of the week planned. `expires_on`: until
-- when an answer is waited for. What became of a picked visit stands with the visit.
CREATE TABLE visit_campaign_targets (
    id uuid NOT NULL UNIQUE,
    campaign_id uuid NOT NULL REFERENCES visit_campaigns ON DELETE CASCADE,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    district text,
    staff_id uuid REFERENCES staff ON DELETE RESTRICT,
    unit_id uuid REFERENCES units ON DELETE RESTRICT,
    week date,
    left_out text,
    state text NOT NULL CHECK (state IN ('left_out', 'waiting', 'proposed', 'picked', 'declined', 'silent', 'cancelled')),
    proposed_at timestamptz,
    expires_on date,
    answered_at timestamptz,
    decline_reason text NOT NULL DEFAULT '' CHECK (length(decline_reason) <= 500),
    visit_id uuid REFERENCES visits ON DELETE SET NULL,
    told_cancelled boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (campaign_id, enterprise_id),
    CHECK ((state = 'left_out') = (left_out IS NOT NULL)),
    CHECK (left_out IS NOT NULL OR (staff_id IS NOT NULL AND week IS NOT NULL)),
    CHECK (state <> 'proposed' OR (proposed_at IS NOT NULL AND expires_on IS NOT NULL))
);
CREATE INDEX visit_campaign_targets_due ON visit_campaign_targets (campaign_id, week, enterprise_id)
    WHERE state = 'waiting';
CREATE INDEX visit_campaign_targets_silent ON visit_campaign_targets (expires_on) WHERE state = 'proposed';
CREATE INDEX visit_campaign_targets_visit ON visit_campaign_targets (visit_id) WHERE visit_id IS NOT NULL;
CREATE INDEX visit_campaign_targets_enterprise ON visit_campaign_targets (enterprise_id, campaign_id);

INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('visit_campaigns', 'row', '60 months', '批量走访的名单、分派理由和答复备查，与走访记录同期', 'created_at',
     'state IN (''draft'', ''frozen'', ''release_wanted'', ''running'', ''paused'')');
