-- Call-backs: whom to ask whether the matter is solved. One row for each time an answer was checked. No personal data:
-- of the token of a link its SHA-256 alone, and what a citizen says stands in order_text.
CREATE TABLE call_back (
  id TEXT PRIMARY KEY,
  order_number TEXT NOT NULL,
  request_id TEXT NOT NULL,
  checked_at BIGINT NOT NULL,
  way TEXT NOT NULL,
  state TEXT NOT NULL,
  tries BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL,
  holder TEXT NOT NULL DEFAULT '',
  conversation_id TEXT NOT NULL DEFAULT '',
  token_hash TEXT NOT NULL DEFAULT '',
  solved BIGINT NOT NULL DEFAULT -1,
  satisfied BIGINT NOT NULL DEFAULT -1,
  created_at BIGINT NOT NULL,
  asked_at BIGINT NOT NULL DEFAULT 0,
  turn BIGINT NOT NULL DEFAULT 0,
  UNIQUE (order_number, checked_at)
);
CREATE INDEX call_back_open ON call_back (next_at) WHERE state <> 'over';
CREATE INDEX call_back_by_conversation ON call_back (conversation_id) WHERE state = 'asked';
CREATE UNIQUE INDEX call_back_by_token ON call_back (token_hash) WHERE token_hash <> '';
