-- Texts are sealed from now on (sealed: 0 readable as before, 1 under the citizen's data_key, 2 erased). These find
-- what an older version left readable.
CREATE INDEX message_clear ON message (id) WHERE sealed = 0;
CREATE INDEX outbox_clear ON outbox (id) WHERE sealed = 0 AND citizen_id IS NOT NULL;
CREATE INDEX conversation_clear ON conversation (id) WHERE sealed = 0;
CREATE INDEX request_field_clear ON request_field (id) WHERE sealed = 0;
CREATE INDEX letter_text_clear ON letter_text (id) WHERE sealed = 0;

-- Files of the blobs folder that are to be deleted, from `due` on. shared 1: a row whose text is still readable may name
-- the same file, so only when there is none.
CREATE TABLE gone_blob (
  name TEXT PRIMARY KEY,
  due BIGINT NOT NULL,
  shared BIGINT NOT NULL
);
