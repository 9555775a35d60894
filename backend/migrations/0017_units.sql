-- A unit that closed keeps its name for what was done in it; nobody belongs to it any more.
ALTER TABLE units ADD COLUMN closed_at timestamptz;
CREATE INDEX units_parent ON units (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX staff_unit ON staff (unit_id) WHERE unit_id IS NOT NULL;
