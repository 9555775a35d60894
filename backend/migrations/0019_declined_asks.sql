-- When an owner last declined a template in WeChat's dialog: others are asked for before it, for a while.
ALTER TABLE credits ADD COLUMN declined_at timestamptz;
