-- enterprises and their facts
SELECT 1;
