-- Whose claim on a row of the outbox it is, and one at a time for each unit also when several processes send.
ALTER TABLE outbox ADD COLUMN claimed_by TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX outbox_one_each ON outbox (target) WHERE state = 'sending' AND kind <> 'reply';
