"""Decides about the next message of addresses that are locked: go, wait or never; the one statement that does.

Verdicts name themselves: what is not `go` becomes the delivery's reason. A message that would have to wait past its end
expires at once. Where a template can't be used and the person is reached another way, it ends here and goes on there.
"""

from typing import Final

# $1 now, $2 addresses, $3 the claim, $4 today, $5 end of the quiet hours or null, $6 when a capped message may go,
# $7 broadcasts a day, $8 for each address the one that counts its person's broadcasts, $9 kinds chosen by a profile,
# $10 how often a day a long-term template goes to one person, $11 the further channels of this installation.
JUDGE: Final = """
WITH head AS MATERIALIZED (
    SELECT a.id AS address_id, a.account, a.openid, a.channel AS by_channel, a.person_id AS owner, l.lead, d.*,
           CASE WHEN b.counted_on = $4::date THEN b.broadcasts_today ELSE 0 END AS used
    FROM unnest($2::uuid[], $8::uuid[]) AS l (address_id, lead)
    JOIN addresses a ON a.id = l.address_id JOIN addresses b ON b.id = l.lead
    LEFT JOIN LATERAL (
        SELECT id, person_id, kind, template, data, page, is_broadcast, is_urgent, subject, enterprise_id, broadcast_id,
               onward, not_after, attempts
        FROM deliveries w
        WHERE w.address_id = a.id AND w.state IN ('pending', 'deferred') AND w.due_at <= $1
        ORDER BY w.is_urgent DESC, w.is_broadcast, w.due_at, w.id LIMIT 1
    ) d ON TRUE
), judged AS MATERIALIZED (
    SELECT h.*, CASE WHEN h.by_channel = 'sms' THEN h.template ELSE t.template_id END AS template_id,
           COALESCE(t.is_long_term, FALSE) AS is_long_term, h.by_channel = 'subscribe' AS needs_credit, CASE
        WHEN h.id IS NULL THEN 'nothing'
        WHEN h.owner <> h.person_id THEN 'address_moved'
        WHEN h.not_after <= $1 THEN 'too_late'
        WHEN EXISTS (SELECT FROM called_off o WHERE o.subject = h.subject) THEN 'called_off'
        WHEN h.enterprise_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM bindings b JOIN enterprises e ON e.id = b.enterprise_id
            WHERE b.person_id = h.person_id AND b.enterprise_id = h.enterprise_id AND b.state = 'active'
              AND (b.until IS NULL OR b.until > $1) AND e.closed_at IS NULL) THEN 'not_acting'
        WHEN r.state = 'cancelled' THEN 'broadcast_cancelled'
        WHEN h.kind = ANY($9::text[])
            AND EXISTS (SELECT FROM profiling_refusals f WHERE f.person_id = h.person_id) THEN 'profiling_refused'
        WHEN EXISTS (SELECT FROM notification_preferences p WHERE p.person_id = h.person_id AND p.kind IN (h.kind, '*')
                     AND p.channel = h.by_channel AND NOT p.is_on) THEN 'switched_off'
        WHEN h.by_channel = 'sms' AND NOT EXISTS (SELECT FROM persons p WHERE p.id = h.person_id
                     AND p.phone_verified_at IS NOT NULL AND p.phone_sealed IS NOT NULL) THEN 'no_phone'
        WHEN r.state = 'paused' THEN 'broadcast_paused'
        WHEN h.by_channel <> 'sms' AND t.template_id IS NULL THEN 'template_missing'
        WHEN t.state <> 'live' THEN 'template_' || t.state
        WHEN $5::timestamptz IS NOT NULL AND NOT h.is_urgent THEN 'quiet'
        WHEN h.is_broadcast AND h.used >= $7 THEN 'capped'
        WHEN t.is_long_term AND c.counted_on = $4::date AND c.sent_today >= COALESCE(t.per_day, $10) THEN 'frequent'
        WHEN EXISTS (SELECT FROM deliveries u WHERE u.address_id = h.address_id AND u.template_id = t.template_id
                     AND u.state = 'unknown' AND u.confirmed_at IS NULL) THEN 'held'
        WHEN h.by_channel = 'subscribe'
            AND NOT (CASE WHEN t.is_long_term THEN COALESCE(c.is_standing, FALSE) ELSE COALESCE(c.balance, 0) > 0 END)
            THEN 'no_credit'
        ELSE 'go' END AS verdict
    FROM head h
    LEFT JOIN LATERAL (
        SELECT * FROM message_templates m WHERE m.account = h.account AND m.title = h.template
        ORDER BY m.state <> 'live', m.state = 'gone', m.template_id LIMIT 1
    ) t ON TRUE
    LEFT JOIN credits c ON c.address_id = h.address_id AND c.template_id = t.template_id
    LEFT JOIN broadcasts r ON r.id = h.broadcast_id
), ending AS MATERIALIZED (
    SELECT j.*, CASE
        WHEN verdict IN ('address_moved', 'called_off', 'not_acting', 'broadcast_cancelled', 'profiling_refused')
            THEN 'cancelled'
        WHEN verdict = 'too_late' THEN 'expired'
        WHEN verdict IN ('no_credit', 'switched_off', 'no_phone') THEN 'suppressed'
        WHEN verdict IN ('template_stopped', 'template_misfit', 'template_gone') AND EXISTS (
            SELECT FROM persons p WHERE p.id = j.person_id AND (
                ('sms' = ANY(j.onward) AND 'sms' = ANY($11::text[])
                 AND p.phone_sealed IS NOT NULL AND p.phone_verified_at IS NOT NULL)
                OR ('service' = ANY(j.onward) AND 'service' = ANY($11::text[])
                    AND EXISTS (SELECT FROM service_followers f WHERE f.unionid = p.unionid AND f.is_following))
            )) THEN 'suppressed'
    END AS ends, CASE
        WHEN verdict = 'quiet' THEN $5 WHEN verdict IN ('capped', 'frequent') THEN $6
        WHEN verdict = 'held' THEN $1 + interval '1 minute'
        WHEN verdict = 'broadcast_paused' OR verdict LIKE 'template%' THEN $1 + interval '10 minutes' END AS later
    FROM judged j
), timed AS MATERIALIZED (
    SELECT address_id, lead, id, person_id, kind, openid, by_channel, template_id, data, page, attempts, is_broadcast,
           is_long_term, needs_credit, used, verdict, verdict = 'go' AS goes,
           CASE WHEN ends IS NULL AND later >= not_after THEN 'expired' ELSE ends END AS ends,
           CASE WHEN ends IS NULL AND later < not_after THEN later END AS later
    FROM ending
), moved AS (
    UPDATE deliveries d SET
        state = CASE WHEN j.goes THEN 'claimed' ELSE COALESCE(j.ends, 'deferred') END,
        reason = NULLIF(j.verdict, 'go'),
        due_at = COALESCE(j.later, d.due_at),
        settled_at = CASE WHEN j.ends IS NOT NULL THEN $1 END,
        template_id = j.template_id,
        claim = CASE WHEN j.goes THEN $3::uuid END,
        claimed_at = CASE WHEN j.goes THEN $1 END,
        is_paid = j.goes AND j.needs_credit AND NOT j.is_long_term
    FROM timed j WHERE d.id = j.id
), reserved AS (
    UPDATE credits c SET
        balance = c.balance - (NOT j.is_long_term)::int, updated_at = $1, counted_on = $4::date,
        sent_today = CASE WHEN c.counted_on = $4::date THEN c.sent_today ELSE 0 END + 1
    FROM timed j
    WHERE j.goes AND j.needs_credit AND c.address_id = j.address_id AND c.template_id = j.template_id
    RETURNING c.address_id, c.template_id, c.balance, j.id AS delivery_id, j.is_long_term
), noted AS (
    INSERT INTO credit_entries (id, address_id, template_id, change, balance, reason, delivery_id, at)
    SELECT uuidv7(), address_id, template_id, -1, balance, 'reserve', delivery_id, $1
    FROM reserved WHERE NOT is_long_term
), counted AS (
    UPDATE addresses a SET counted_on = $4::date, broadcasts_today = j.used + 1
    FROM timed j WHERE a.id = j.lead AND j.lead <> j.address_id AND j.goes AND j.is_broadcast
), taken AS (
    UPDATE addresses a SET
        claim = CASE WHEN j.goes THEN $3::uuid END,
        counted_on = CASE WHEN j.lead = a.id THEN $4::date ELSE a.counted_on END,
        broadcasts_today = CASE WHEN j.lead = a.id THEN j.used + (j.goes AND j.is_broadcast)::int
                                ELSE a.broadcasts_today END,
        (next_due_at, is_bulk) = (
            SELECT min(line.due_at), COALESCE(bool_and(line.is_broadcast), FALSE) FROM (
                SELECT w.due_at, w.is_broadcast FROM deliveries w
                WHERE NOT j.goes AND w.address_id = a.id AND w.state IN ('pending', 'deferred')
                  AND w.id IS DISTINCT FROM j.id
                UNION ALL SELECT j.later, j.is_broadcast WHERE j.later IS NOT NULL
            ) line
        )
    FROM timed j WHERE a.id = j.address_id
)
SELECT id, address_id, person_id, kind, openid, by_channel AS channel, template_id, data, page, attempts
FROM timed WHERE goes
"""
