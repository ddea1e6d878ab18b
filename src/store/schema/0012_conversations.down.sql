-- Back to messages that stand alone. What waited is left to a person; marks of what was judged are lost.
UPDATE message SET bucket = 'triage' WHERE bucket = 'settling';
UPDATE request SET state = 'triage' WHERE state IN ('settling', 'asked');
INSERT INTO incident_request (seq, request_id, at, caller)
  SELECT (SELECT last FROM incident_serial WHERE id = 1) + row_number() OVER (ORDER BY r.id), r.id, r.created_at,
  r.citizen_id FROM request r JOIN settling s ON s.request_id = r.id;
UPDATE incident_serial SET last = last + (SELECT COUNT(*) FROM settling) WHERE id = 1;
DROP TABLE settling;
ALTER TABLE request DROP COLUMN candidates;
ALTER TABLE message DROP COLUMN judged;
ALTER TABLE conversation DROP COLUMN greeted_at;
