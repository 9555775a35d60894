-- addresses, inbox, credits, deliveries
SELECT 1;
