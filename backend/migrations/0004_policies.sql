-- policies, rules, matches
SELECT 1;
