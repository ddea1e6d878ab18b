-- The first schema. Plain SQL that SQLite and PostgreSQL both take: TEXT and BIGINT only.
-- Times are milliseconds since 1970 UTC, 0 = never. Ids are ULIDs. JSON is TEXT.
-- Citizens' words and addresses live only in rows with citizen_id and sealed (0 = readable as it is,
-- 1 = under the citizen's data_key): conversation, message, outbox. No statement here may hold a
-- semicolon inside a text.

CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE citizen (
  id TEXT PRIMARY KEY,
  sender_hash TEXT NOT NULL UNIQUE,
  data_key TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL
);

CREATE TABLE conversation (
  id TEXT PRIMARY KEY,
  citizen_id TEXT NOT NULL REFERENCES citizen (id),
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  sender TEXT NOT NULL,
  sealed BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  UNIQUE (citizen_id, channel, account)
);

CREATE TABLE request (
  id TEXT PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversation (id),
  citizen_id TEXT NOT NULL REFERENCES citizen (id),
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  thread_key TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  verdict TEXT NOT NULL DEFAULT '',
  rule_set BIGINT NOT NULL DEFAULT 0,
  topic TEXT NOT NULL DEFAULT '',
  corrected_topic TEXT NOT NULL DEFAULT '',
  corrected_by TEXT NOT NULL DEFAULT '',
  corrected_note TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL
);
CREATE INDEX request_open ON request (conversation_id, created_at) WHERE state IN ('order', 'triage');
CREATE INDEX request_by_thread ON request (channel, account, thread_key, id) WHERE thread_key <> '';
CREATE INDEX request_by_state ON request (state, id);

-- superseded is '' but for a parked message that was appended anew: then it is its own id, and
-- the identity is free for the new one.
CREATE TABLE message (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  source_id TEXT NOT NULL,
  superseded TEXT NOT NULL DEFAULT '',
  citizen_id TEXT REFERENCES citizen (id),
  conversation_id TEXT REFERENCES conversation (id),
  request_id TEXT REFERENCES request (id),
  bucket TEXT NOT NULL,
  hour BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  committed_at BIGINT NOT NULL,
  sealed BIGINT NOT NULL DEFAULT 0,
  raw_form TEXT NOT NULL,
  raw_blob TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL,
  raw TEXT NOT NULL,
  UNIQUE (channel, account, source_id, superseded)
);
CREATE INDEX message_by_request ON message (request_id, id) WHERE request_id IS NOT NULL;
CREATE INDEX message_by_hour ON message (hour, channel, bucket);

CREATE TABLE work_order (
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
CREATE INDEX work_order_by_state ON work_order (state, id);
CREATE INDEX work_order_by_unit ON work_order (lead_unit, state, id);
CREATE INDEX work_order_by_topic ON work_order (topic, id);

CREATE TABLE event (
  id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES work_order (id),
  seq BIGINT NOT NULL,
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (order_id, seq)
);

CREATE TABLE day_serial (
  day TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  target TEXT NOT NULL,
  payload TEXT NOT NULL,
  wire_body TEXT NOT NULL DEFAULT '',
  citizen_id TEXT REFERENCES citizen (id),
  sealed BIGINT NOT NULL DEFAULT 0,
  message_id TEXT REFERENCES message (id),
  request_id TEXT REFERENCES request (id),
  order_number TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  claim_token TEXT NOT NULL DEFAULT '',
  claimed_until BIGINT NOT NULL DEFAULT 0,
  not_before BIGINT NOT NULL,
  prefer_passive_until BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  last_error TEXT NOT NULL DEFAULT '',
  platform_id TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0
);
-- Partial, so that the many rows that were sent are in none of them.
CREATE INDEX outbox_due ON outbox (next_at, id) WHERE state = 'pending';
CREATE INDEX outbox_claimed ON outbox (claimed_until) WHERE state = 'sending';
CREATE INDEX outbox_failed ON outbox (id) WHERE state = 'failed';
CREATE INDEX outbox_unknown ON outbox (id) WHERE state = 'unknown';
CREATE INDEX outbox_by_message ON outbox (message_id, id) WHERE message_id IS NOT NULL;

CREATE TABLE parked (
  id TEXT PRIMARY KEY REFERENCES message (id),
  reason TEXT NOT NULL,
  deliveries BIGINT NOT NULL,
  parked_at BIGINT NOT NULL,
  resolution TEXT NOT NULL DEFAULT '',
  resolved_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX parked_open ON parked (id) WHERE resolution = '';

CREATE TABLE correction (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES request (id),
  topic_before TEXT NOT NULL,
  topic TEXT NOT NULL,
  rule_set BIGINT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX correction_by_request ON correction (request_id, id);

CREATE TABLE refused (
  channel TEXT NOT NULL,
  hour BIGINT NOT NULL,
  reason TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (hour, channel, reason)
);

CREATE TABLE channel_state (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (scope, key)
);

CREATE TABLE rule_set (
  version BIGINT PRIMARY KEY,
  hash TEXT NOT NULL,
  state TEXT NOT NULL,
  author TEXT NOT NULL,
  note TEXT NOT NULL,
  files TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX rule_set_active ON rule_set (state) WHERE state = 'active';

CREATE TABLE probe (
  id BIGINT PRIMARY KEY,
  at BIGINT NOT NULL
);
