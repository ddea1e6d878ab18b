-- Facts of requests by the fields of their forms, questions to citizens, services, letters to the head of the district.
-- Values and texts stand in rows with citizen_id and sealed. Everything else here is ids, keys, codes and times.
CREATE TABLE request_field (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES request (id),
  citizen_id TEXT NOT NULL REFERENCES citizen (id),
  sealed BIGINT NOT NULL DEFAULT 0,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  source TEXT NOT NULL,
  message_id TEXT NOT NULL DEFAULT '',
  span_begin BIGINT NOT NULL DEFAULT 0,
  span_end BIGINT NOT NULL DEFAULT 0,
  actor TEXT NOT NULL DEFAULT '',
  current BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE UNIQUE INDEX request_field_current ON request_field (request_id, key) WHERE current = 1;
CREATE INDEX request_field_by_request ON request_field (request_id, id);
CREATE INDEX request_field_by_citizen ON request_field (citizen_id);

CREATE TABLE form_question (
  request_id TEXT PRIMARY KEY REFERENCES request (id),
  conversation_id TEXT NOT NULL,
  order_number TEXT NOT NULL,
  topic TEXT NOT NULL,
  asked TEXT NOT NULL,
  hold BIGINT NOT NULL,
  news BIGINT NOT NULL DEFAULT 0,
  unknown BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL
);
CREATE INDEX form_question_open ON form_question (conversation_id) WHERE state = 'open';
CREATE INDEX form_question_due ON form_question (due_at) WHERE state = 'open';

CREATE TABLE request_privacy (
  request_id TEXT PRIMARY KEY REFERENCES request (id),
  anonymous BIGINT NOT NULL,
  confidential BIGINT NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL
);

CREATE TABLE service (
  order_number TEXT PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES request (id),
  topic TEXT NOT NULL,
  service TEXT NOT NULL,
  provider TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  appointed_at BIGINT NOT NULL DEFAULT 0,
  completed_at BIGINT NOT NULL DEFAULT 0,
  confirmed_at BIGINT NOT NULL DEFAULT 0,
  completed_by TEXT NOT NULL DEFAULT '',
  confirmed_by TEXT NOT NULL DEFAULT '',
  subsidy_fen BIGINT NOT NULL DEFAULT 0,
  self_fen BIGINT NOT NULL DEFAULT 0,
  signed_for BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX service_by_time ON service (created_at);
CREATE INDEX service_by_request ON service (request_id);

CREATE TABLE letter (
  number TEXT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE REFERENCES request (id),
  citizen_id TEXT NOT NULL REFERENCES citizen (id),
  state TEXT NOT NULL,
  consent TEXT NOT NULL,
  reply_number TEXT NOT NULL DEFAULT '',
  drafted_by TEXT NOT NULL DEFAULT '',
  approved_by TEXT NOT NULL DEFAULT '',
  published_by TEXT NOT NULL DEFAULT '',
  received_at BIGINT NOT NULL,
  read_at BIGINT NOT NULL DEFAULT 0,
  instructed_at BIGINT NOT NULL DEFAULT 0,
  drafted_at BIGINT NOT NULL DEFAULT 0,
  approved_at BIGINT NOT NULL DEFAULT 0,
  published_at BIGINT NOT NULL DEFAULT 0,
  withdrawn_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX letter_by_state ON letter (state, number);

-- kind: instruction, draft, answer, published-title, published-question, published-answer. Only what is current counts.
CREATE TABLE letter_text (
  id TEXT PRIMARY KEY,
  letter TEXT NOT NULL REFERENCES letter (number),
  citizen_id TEXT NOT NULL REFERENCES citizen (id),
  sealed BIGINT NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  actor TEXT NOT NULL,
  current BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX letter_text_by_letter ON letter_text (letter, id);
CREATE INDEX letter_text_by_citizen ON letter_text (citizen_id);
CREATE UNIQUE INDEX letter_text_current ON letter_text (letter, kind) WHERE current = 1;

CREATE TABLE letter_event (
  id TEXT PRIMARY KEY,
  letter TEXT NOT NULL REFERENCES letter (number),
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX letter_event_by_letter ON letter_event (letter, id);
