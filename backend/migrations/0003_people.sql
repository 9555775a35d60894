-- staff, owners, sessions, bindings
SELECT 1;
