-- Chat comes in pieces: a request that waits for more of them ('settling'), or for the citizen's word which of
-- several orders is meant ('asked'), has a row in settling. version goes up with whatever happens to it, so that
-- only who saw the last state may end it.
CREATE TABLE settling (
  request_id TEXT PRIMARY KEY REFERENCES request (id),
  conversation_id TEXT NOT NULL UNIQUE REFERENCES conversation (id),
  since BIGINT NOT NULL,
  due BIGINT NOT NULL,
  version BIGINT NOT NULL,
  asked_at BIGINT NOT NULL DEFAULT 0,
  answer_by BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX settling_due ON settling (due, request_id);

-- What a request may belong to: [{"request", "number", "label"}]. Labels are names of topics and places.
ALTER TABLE request ADD COLUMN candidates TEXT NOT NULL DEFAULT '';
-- 1: the request's verdict is about its words.
ALTER TABLE message ADD COLUMN judged BIGINT NOT NULL DEFAULT 1;
UPDATE message SET judged = 0 WHERE bucket = 'attached';
-- When a greeting was last answered.
ALTER TABLE conversation ADD COLUMN greeted_at BIGINT NOT NULL DEFAULT 0;
