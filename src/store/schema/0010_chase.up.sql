-- Deadlines are chased. look_at: when the clock has to look at the order next; 0 = something happened to it since,
-- 9000000000000000000 = never. Only orders that wait for a look are in the index, so closed ones cost nothing.
ALTER TABLE work_order ADD COLUMN look_at BIGINT NOT NULL DEFAULT 0;
UPDATE work_order SET look_at = 9000000000000000000 WHERE state = 'closed';
CREATE INDEX work_order_to_look ON work_order (look_at) WHERE look_at < 9000000000000000000;
CREATE INDEX work_order_open ON work_order (id) WHERE closed_at = 0;
CREATE INDEX work_order_supervised ON work_order (id) WHERE supervised = 1;
CREATE INDEX event_judged ON event (at) WHERE act IN ('refuse', 'rule', 'flag', 'false-alarm');

-- A reminder that an operator makes by telephone. done_at 0 = open.
CREATE TABLE phone_task (
  id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES work_order (id),
  unit TEXT NOT NULL,
  step TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  done_at BIGINT NOT NULL DEFAULT 0,
  done_by TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT ''
);
CREATE INDEX phone_task_open ON phone_task (id) WHERE done_at = 0;
CREATE INDEX phone_task_by_order ON phone_task (order_id, id);

-- Times in which the limits of an emergency hold. ends_at 0 = until somebody ends it; ended_at 0 = nobody has.
CREATE TABLE emergency (
  id TEXT PRIMARY KEY,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  why TEXT NOT NULL,
  started_by TEXT NOT NULL,
  ended_at BIGINT NOT NULL DEFAULT 0,
  ended_by TEXT NOT NULL DEFAULT ''
);

-- Which orders a unit answered in the same words: a digest of the words without digits and punctuation.
CREATE TABLE answer_print (
  unit TEXT NOT NULL,
  print TEXT NOT NULL,
  order_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (unit, print, order_id)
);
