-- When the time or the place of a salon that was out was last changed: whoever got his seat before, and did not come, is
-- not put back for it.
ALTER TABLE salons ADD COLUMN moved_at timestamptz;
-- The clock looks every few seconds for salons where somebody still waits: most are over, and nobody does.
CREATE INDEX salon_waiting_somebody ON salon_waiting (salon_id) WHERE waiting > 0;
