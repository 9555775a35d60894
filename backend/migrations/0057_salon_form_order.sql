-- The questions of a sign-up form stand in the order in which they were written: jsonb sorts keys, json keeps them.
ALTER TABLE salons ALTER COLUMN form DROP DEFAULT;
ALTER TABLE salons ALTER COLUMN form TYPE json USING form::json;
ALTER TABLE salons ALTER COLUMN form SET DEFAULT '{}';
