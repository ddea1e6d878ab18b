-- The whole life of a work order. The columns of work_order from state on are the cached fold of its events
-- (src/orders/fold.h), times 0 = has not happened. Both tables are made anew: a request may have several orders (a
-- split), a parent of an incident has none, and neither database can loosen a constraint in the same words.

CREATE TABLE work_order_new (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  request_id TEXT REFERENCES request (id),
  events BIGINT NOT NULL,
  state TEXT NOT NULL,
  before_merge TEXT NOT NULL DEFAULT 'accepted',
  parent TEXT NOT NULL DEFAULT '',
  incident TEXT NOT NULL DEFAULT '',
  topic TEXT NOT NULL,
  type TEXT NOT NULL DEFAULT '',
  urgency TEXT NOT NULL,
  line TEXT NOT NULL DEFAULT '',
  channel TEXT NOT NULL,
  opened_by TEXT NOT NULL DEFAULT '',
  lead_unit TEXT NOT NULL,
  helper_units TEXT NOT NULL,
  catalogue_entry TEXT NOT NULL,
  limit_row TEXT NOT NULL DEFAULT '',
  due_sign BIGINT NOT NULL DEFAULT 0,
  due_contact BIGINT NOT NULL DEFAULT 0,
  due_answer BIGINT NOT NULL DEFAULT 0,
  due_yellow BIGINT NOT NULL DEFAULT 0,
  due_red BIGINT NOT NULL DEFAULT 0,
  due_return BIGINT NOT NULL DEFAULT 0,
  opened_at BIGINT NOT NULL,
  dispatched_at BIGINT NOT NULL DEFAULT 0,
  handed_at BIGINT NOT NULL DEFAULT 0,
  viewed_at BIGINT NOT NULL DEFAULT 0,
  signed_at BIGINT NOT NULL DEFAULT 0,
  contacted_at BIGINT NOT NULL DEFAULT 0,
  answered_at BIGINT NOT NULL DEFAULT 0,
  checked_at BIGINT NOT NULL DEFAULT 0,
  called_back_at BIGINT NOT NULL DEFAULT 0,
  closed_at BIGINT NOT NULL DEFAULT 0,
  hops BIGINT NOT NULL DEFAULT 0,
  returns BIGINT NOT NULL DEFAULT 0,
  extensions BIGINT NOT NULL DEFAULT 0,
  reminders BIGINT NOT NULL DEFAULT 0,
  redos BIGINT NOT NULL DEFAULT 0,
  rings BIGINT NOT NULL DEFAULT 0,
  solved BIGINT NOT NULL DEFAULT -1,
  satisfied BIGINT NOT NULL DEFAULT -1,
  direct BIGINT NOT NULL DEFAULT 0,
  late BIGINT NOT NULL DEFAULT 0,
  supervised BIGINT NOT NULL DEFAULT 0,
  was_supervised BIGINT NOT NULL DEFAULT 0,
  bound BIGINT NOT NULL DEFAULT 0,
  ruled BIGINT NOT NULL DEFAULT 0,
  close_reason TEXT NOT NULL DEFAULT ''
);
-- once: a step that happens at most once to an order, whoever tries it ('' = no such step).
CREATE TABLE event_new (
  id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES work_order_new (id),
  seq BIGINT NOT NULL,
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL,
  once TEXT NOT NULL DEFAULT '',
  UNIQUE (order_id, seq)
);

-- Older timelines did not say what an order was about when it was opened.
INSERT INTO work_order_new (id, number, request_id, events, state, topic, urgency, channel, opened_by, lead_unit,
    helper_units, catalogue_entry, opened_at, dispatched_at, handed_at, signed_at, answered_at, closed_at, hops, returns, direct)
  SELECT w.id, w.number, w.request_id, w.events, w.state, w.topic, w.urgency, w.channel,
    (SELECT e.actor FROM event e WHERE e.order_id = w.id AND e.seq = 0),
    w.lead_unit, w.helper_units, w.catalogue_entry, w.opened_at,
    COALESCE((SELECT MIN(e.at) FROM event e WHERE e.order_id = w.id AND e.act = 'dispatch'), 0),
    COALESCE((SELECT MAX(e.at) FROM event e WHERE e.order_id = w.id AND e.act = 'dispatch'), 0),
    COALESCE((SELECT MAX(e.at) FROM event e WHERE e.order_id = w.id AND e.act = 'sign'), 0),
    COALESCE((SELECT MAX(e.at) FROM event e WHERE e.order_id = w.id AND e.act = 'answer'), 0),
    COALESCE((SELECT MAX(e.at) FROM event e WHERE e.order_id = w.id AND e.act = 'close'), 0),
    (SELECT COUNT(*) FROM event e WHERE e.order_id = w.id AND e.act = 'dispatch'),
    (SELECT COUNT(*) FROM event e WHERE e.order_id = w.id AND e.act = 'return'),
    CASE WHEN w.state IN ('answered', 'closed')
      AND NOT EXISTS (SELECT 1 FROM event e WHERE e.order_id = w.id AND e.act = 'dispatch') THEN 1 ELSE 0 END
  FROM work_order w;
INSERT INTO event_new (id, order_id, seq, act, actor, reason, data, at)
  SELECT e.id, e.order_id, e.seq, e.act, e.actor, e.reason,
    CASE WHEN e.act = 'open'
      THEN '{"topic":"' || w.topic || '","urgency":"' || w.urgency || '","channel":"' || w.channel || '"}'
      ELSE e.data END, e.at
  FROM event e JOIN work_order w ON w.id = e.order_id;

DROP TABLE event;
DROP TABLE work_order;
ALTER TABLE work_order_new RENAME TO work_order;
ALTER TABLE event_new RENAME TO event;

CREATE INDEX work_order_by_request ON work_order (request_id, id);
CREATE INDEX work_order_by_state ON work_order (state, id);
CREATE INDEX work_order_by_unit ON work_order (lead_unit, state, id);
CREATE INDEX work_order_by_topic ON work_order (topic, id);
CREATE INDEX work_order_by_opened ON work_order (opened_at);
CREATE INDEX work_order_by_parent ON work_order (parent, id) WHERE parent <> '';
CREATE INDEX work_order_by_incident ON work_order (incident) WHERE incident <> '';
CREATE UNIQUE INDEX event_once ON event (order_id, once) WHERE once <> '';

-- Words on an order that are for people: answers, notes, instructions. kind: 'public' goes to the citizen,
-- 'internal' stays. citizen_id is NULL for a parent of an incident.
CREATE TABLE order_text (
  id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES work_order (id),
  event_id TEXT NOT NULL,
  citizen_id TEXT REFERENCES citizen (id),
  sealed BIGINT NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX order_text_by_order ON order_text (order_id, id);
CREATE INDEX order_text_clear ON order_text (id) WHERE sealed = 0;
