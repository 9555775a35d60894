-- Financing: patents and trademarks are public, so a pledge of one is shown before a consent only where enough have any.

ALTER TABLE financing_applications ADD COLUMN shown_collateral text[] NOT NULL DEFAULT '{}';
UPDATE financing_applications
SET shown_collateral = array_remove(array_remove(collateral, 'patent_pledge'), 'trademark_pledge')
WHERE state = 'open';

CREATE OR REPLACE VIEW financing_listings AS
SELECT a.listing_id,
    a.shown_district AS district,
    a.shown_industry AS industry,
    a.shown_size AS size,
    CASE WHEN a.amount_wan <= 10 THEN 'to_10' WHEN a.amount_wan <= 50 THEN 'to_50' WHEN a.amount_wan <= 100 THEN 'to_100'
         WHEN a.amount_wan <= 300 THEN 'to_300' WHEN a.amount_wan <= 1000 THEN 'to_1000' ELSE 'over_1000' END AS amount_band,
    CASE WHEN a.months <= 6 THEN 'to_6' WHEN a.months <= 12 THEN 'to_12' WHEN a.months <= 36 THEN 'to_36'
         ELSE 'over_36' END AS months_band,
    a.purpose,
    a.shown_collateral AS collateral,
    date_trunc('week', a.submitted_at AT TIME ZONE 'Asia/Shanghai')::date AS opened_week
FROM financing_applications a
WHERE a.state = 'open' AND a.is_listed AND a.shown_k >= 5;
