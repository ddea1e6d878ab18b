-- Erasures, for ever, by the keyed hash of the person; applied again to a restored copy. Append-only.
CREATE TABLE erasure (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL
);

-- Who can be found by a number or address that they left, by its keyed hash.
CREATE TABLE citizen_contact (
  hash TEXT NOT NULL,
  citizen_id TEXT NOT NULL REFERENCES citizen (id),
  PRIMARY KEY (hash, citizen_id)
);
CREATE INDEX citizen_contact_by_citizen ON citizen_contact (citizen_id);
CREATE INDEX message_by_citizen ON message (citizen_id, id) WHERE citizen_id IS NOT NULL;
CREATE INDEX outbox_by_citizen ON outbox (citizen_id) WHERE citizen_id IS NOT NULL;
CREATE INDEX request_by_citizen ON request (citizen_id);
