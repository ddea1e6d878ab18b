-- Search: requests are documents, numbered as incident_request.seq numbers them. search_document holds their
-- masked words. A batch is 4,096 numbers in a row. Once a batch is complete, search_posting has for each token of
-- it one row: three characters per document (src/store/search_posting.h). What is newer than `inverted` is looked
-- through word by word. Everything but search_forgotten can be made anew.

CREATE TABLE search_state (
  id BIGINT PRIMARY KEY,
  feed BIGINT NOT NULL,
  documents BIGINT NOT NULL,
  inverted BIGINT NOT NULL,
  part BIGINT NOT NULL,
  generation BIGINT NOT NULL
);
INSERT INTO search_state (id, feed, documents, inverted, part, generation) VALUES (1, 0, 0, 0, 0, 0);

CREATE TABLE search_document (
  doc BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL,
  words TEXT NOT NULL
);

CREATE TABLE search_posting (
  token BIGINT NOT NULL,
  batch BIGINT NOT NULL,
  docs TEXT NOT NULL,
  PRIMARY KEY (token, batch)
);

-- Requests whose words changed after they were indexed. stamp rises with every change.
CREATE TABLE search_changed (
  request_id TEXT PRIMARY KEY,
  stamp BIGINT NOT NULL
);
CREATE TABLE search_forgotten (
  request_id TEXT PRIMARY KEY
);

-- Articles of the knowledge base. Versions never change. published 0 = none. article_act is append-only and its
-- highest seq tells whether anything changed.
CREATE TABLE article (
  id TEXT PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  latest BIGINT NOT NULL,
  published BIGINT NOT NULL DEFAULT 0,
  retired BIGINT NOT NULL DEFAULT 0,
  confirmed_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE article_version (
  article_id TEXT NOT NULL REFERENCES article (id),
  version BIGINT NOT NULL,
  title TEXT NOT NULL,
  questions TEXT NOT NULL,
  answer TEXT NOT NULL,
  details TEXT NOT NULL,
  topic TEXT NOT NULL,
  unit TEXT NOT NULL,
  owner TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  source TEXT NOT NULL,
  tags TEXT NOT NULL,
  author TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  approved_by TEXT NOT NULL DEFAULT '',
  approved_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (article_id, version)
);

CREATE TABLE article_act (
  seq BIGINT PRIMARY KEY,
  article_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX article_act_by_article ON article_act (article_id, seq);

-- Which article answered which request; actor 'system' or a person.
CREATE TABLE article_use (
  request_id TEXT NOT NULL REFERENCES request (id),
  article_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  topic TEXT NOT NULL,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (request_id, article_id)
);
CREATE INDEX article_use_by_article ON article_use (article_id, at);
CREATE INDEX article_use_by_time ON article_use (at);
CREATE INDEX request_by_conversation ON request (conversation_id, created_at);
