-- Incidents: requests about the same happening. incident_request has one row for each request, numbered in
-- the order of commits by incident_serial (whose one row makes every writer wait for the one before).
-- matter 0 = not grouped yet. matter and incident_id are what src/incidents decided. Everything
-- but incident_request's first columns, incident_act and incident_alarm can be made anew from them.

CREATE TABLE incident_serial (
  id BIGINT PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE incident_cursor (
  id BIGINT PRIMARY KEY,
  cursor BIGINT NOT NULL,
  acts BIGINT NOT NULL,
  holder TEXT NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0
);
INSERT INTO incident_cursor (id, cursor, acts) VALUES (1, 0, 0);

CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  surge BIGINT NOT NULL,
  state TEXT NOT NULL,
  merged_into TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL,
  topic TEXT NOT NULL,
  place TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  requests BIGINT NOT NULL,
  callers BIGINT NOT NULL,
  alarm BIGINT NOT NULL,
  words TEXT NOT NULL
);
CREATE INDEX incident_by_time ON incident (last_at, id) WHERE state <> 'merged';

CREATE TABLE incident_request (
  seq BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE REFERENCES request (id),
  at BIGINT NOT NULL,
  caller TEXT NOT NULL,
  places TEXT NOT NULL DEFAULT '',
  matter BIGINT NOT NULL DEFAULT 0,
  incident_id TEXT NOT NULL DEFAULT ''
);
CREATE INDEX incident_request_by_incident ON incident_request (incident_id, seq) WHERE incident_id <> '';

CREATE TABLE incident_rate (
  subject TEXT NOT NULL,
  hour BIGINT NOT NULL,
  callers BIGINT NOT NULL,
  PRIMARY KEY (subject, hour)
);

CREATE TABLE incident_alarm (
  incident_id TEXT NOT NULL,
  level BIGINT NOT NULL,
  at BIGINT NOT NULL,
  callers BIGINT NOT NULL,
  expected_milli BIGINT NOT NULL,
  announced BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (incident_id, level)
);
CREATE INDEX incident_alarm_new ON incident_alarm (incident_id, level) WHERE announced = 0;

-- What persons changed, for ever. after_seq: how far the grouping was then; done 0: to be repeated after a rebuild.
CREATE TABLE incident_act (
  number BIGINT PRIMARY KEY,
  act TEXT NOT NULL,
  incident_id TEXT NOT NULL,
  target TEXT NOT NULL,
  requests TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL,
  after_seq BIGINT NOT NULL,
  done BIGINT NOT NULL
);
CREATE INDEX incident_act_by_incident ON incident_act (incident_id, number);
CREATE INDEX incident_act_open ON incident_act (number) WHERE done = 0;

INSERT INTO incident_request (seq, request_id, at, caller)
  SELECT row_number() OVER (ORDER BY id), id, created_at, citizen_id FROM request;
INSERT INTO incident_serial (id, last) SELECT 1, COUNT(*) FROM request;
