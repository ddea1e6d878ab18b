-- Back to the short life. Parents of incidents, all but the first order of a request, and every act and text that the
-- short life does not know are lost.
DROP TABLE order_text;
CREATE TABLE work_order_old (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  request_id TEXT NOT NULL UNIQUE REFERENCES request (id),
  topic TEXT NOT NULL,
  urgency TEXT NOT NULL,
  state TEXT NOT NULL,
  lead_unit TEXT NOT NULL,
  helper_units TEXT NOT NULL,
  catalogue_entry TEXT NOT NULL,
  channel TEXT NOT NULL,
  events BIGINT NOT NULL,
  opened_at BIGINT NOT NULL
);
CREATE TABLE event_old (
  id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES work_order_old (id),
  seq BIGINT NOT NULL,
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (order_id, seq)
);
INSERT INTO work_order_old
  SELECT w.id, w.number, w.request_id, w.topic, w.urgency,
    CASE w.state WHEN 'objected' THEN 'returned' WHEN 'checked' THEN 'answered' WHEN 'called-back' THEN 'answered'
      WHEN 'merged' THEN 'closed' ELSE w.state END,
    w.lead_unit, w.helper_units, w.catalogue_entry, w.channel, w.events, w.opened_at
  FROM work_order w
  WHERE w.request_id IS NOT NULL
    AND w.id = (SELECT MIN(f.id) FROM work_order f WHERE f.request_id = w.request_id);
INSERT INTO event_old
  SELECT e.id, e.order_id, e.seq,
    CASE WHEN e.act IN ('open', 'dispatch', 'deliver', 'sign', 'return', 'answer', 'close', 'attach', 'correct')
      THEN e.act ELSE 'note' END, e.actor, e.reason, e.data, e.at
  FROM event e JOIN work_order_old w ON w.id = e.order_id;
DROP TABLE event;
DROP TABLE work_order;
ALTER TABLE work_order_old RENAME TO work_order;
ALTER TABLE event_old RENAME TO event;
CREATE INDEX work_order_by_state ON work_order (state, id);
CREATE INDEX work_order_by_unit ON work_order (lead_unit, state, id);
CREATE INDEX work_order_by_topic ON work_order (topic, id);
