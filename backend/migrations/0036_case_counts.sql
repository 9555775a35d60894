-- The numbers beside queues, each counted by an index alone: what alarms have been told of, and whom a case stands for.
CREATE INDEX cases_alarmed ON cases (queue_at, id) INCLUDE (unit_id, district, handler_id, answerable_id, offered_to)
    WHERE alarm_level >= 80;
CREATE INDEX cases_received_by ON cases (answerable_id);
