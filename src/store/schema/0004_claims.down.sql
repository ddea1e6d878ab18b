DROP INDEX outbox_one_each;
ALTER TABLE outbox DROP COLUMN claimed_by;
