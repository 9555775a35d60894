-- More ways to a person than one, what he wants on which, and when a message may go.

-- `subscribe`: an openid of the mini-program. `service`: an openid of the service account that he follows. `sms`: his own
-- verified number; the row holds none, it is read from persons when a message goes out.
ALTER TABLE addresses DROP CONSTRAINT addresses_channel_check,
    ADD CONSTRAINT addresses_channel_check CHECK (channel IN ('subscribe', 'service', 'sms'));
-- A person's oldest address is the one whose row counts his broadcasts of the day: found by this.
DROP INDEX addresses_person;
CREATE INDEX addresses_person ON addresses (person_id, id);

-- Who follows the service account; whoever of ours has the same unionid is reached there. WeChat tells the unionid only
-- to who asks for it: `asked_at` is when we last did.
CREATE TABLE service_followers (
    account text NOT NULL,
    openid text NOT NULL,
    unionid text CHECK (unionid <> ''),
    is_following boolean NOT NULL,
    seen_at timestamptz NOT NULL,
    asked_at timestamptz,
    PRIMARY KEY (account, openid)
);
CREATE INDEX service_followers_unionid ON service_followers (unionid) WHERE unionid IS NOT NULL;
CREATE INDEX service_followers_unasked ON service_followers (asked_at NULLS FIRST)
    WHERE unionid IS NULL AND is_following;
CREATE INDEX service_followers_gone ON service_followers (seen_at) WHERE NOT is_following;
INSERT INTO retention (table_name, step, keep, reason, age_column, held_while) VALUES
    ('service_followers', 'row', '30 days', '取消关注后不再需要认出本人', 'seen_at', 'is_following');

-- One switch a kind and channel; without a row it is on. `inbox` off: the entry is kept, and shown only to who looks.
CREATE TABLE notification_preferences (
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    kind text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('subscribe', 'service', 'sms', 'inbox')),
    is_on boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (person_id, kind, channel)
);

ALTER TABLE inbox ADD COLUMN is_muted boolean NOT NULL DEFAULT FALSE;

-- `onward` are the channels still to be tried should this one come to nothing; emptied by whoever takes the next one.
-- `resends_unknown`: also when nobody knows what became of it, once in all.
ALTER TABLE deliveries
    ADD COLUMN channel text NOT NULL DEFAULT 'subscribe' CHECK (channel IN ('subscribe', 'service', 'sms')),
    ADD COLUMN broadcast_id uuid,
    ADD COLUMN onward text[] CHECK (onward <> '{}'),
    ADD COLUMN resends_unknown boolean NOT NULL DEFAULT FALSE;
CREATE INDEX deliveries_onward ON deliveries (id) WHERE onward IS NOT NULL
    AND (state IN ('refused', 'failed', 'suppressed') OR (state = 'unknown_final' AND resends_unknown));

-- How often a day a long-term template may go to one person; without a figure the setting's holds.
ALTER TABLE message_templates ADD COLUMN per_day integer CHECK (per_day > 0);
ALTER TABLE credits ADD COLUMN counted_on date, ADD COLUMN sent_today integer NOT NULL DEFAULT 0 CHECK (sent_today >= 0);
