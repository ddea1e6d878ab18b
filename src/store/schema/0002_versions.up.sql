-- Versions of the RuleSet: what people did with them, the shadow's comparisons, pinned cases.
-- States of rule_set: draft, checked, shadow, active, retired, discarded. Files never change.
ALTER TABLE rule_set ADD COLUMN base BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX rule_set_shadow ON rule_set (state) WHERE state = 'shadow';
CREATE INDEX rule_set_by_hash ON rule_set (hash);

-- Only ever added to. Which version a rollback leads to is a fold over it.
CREATE TABLE rule_set_act (
  seq BIGINT PRIMARY KEY,
  version BIGINT NOT NULL REFERENCES rule_set (version),
  act TEXT NOT NULL,
  from_version BIGINT NOT NULL DEFAULT 0,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX rule_set_act_by_version ON rule_set_act (version, seq);
INSERT INTO rule_set_act (seq, version, act, actor, note, at)
  SELECT version, version, CASE state WHEN 'active' THEN 'seed' ELSE 'import' END, author, note, created_at
  FROM rule_set;

-- How often the version in shadow was compared with the active one, and how often it differed.
CREATE TABLE shadow_run (
  shadow BIGINT NOT NULL,
  active BIGINT NOT NULL,
  compared BIGINT NOT NULL,
  differed BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (shadow, active)
);
-- One row for each kind of difference.
CREATE TABLE shadow_pair (
  shadow BIGINT NOT NULL,
  active BIGINT NOT NULL,
  from_topic TEXT NOT NULL,
  from_urgency TEXT NOT NULL,
  from_triage BIGINT NOT NULL,
  to_topic TEXT NOT NULL,
  to_urgency TEXT NOT NULL,
  to_triage BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (shadow, active, from_topic, from_urgency, from_triage, to_topic, to_urgency, to_triage)
);
-- The newest examples of each kind: slot goes round. Confidences in thousandths.
CREATE TABLE shadow_example (
  shadow BIGINT NOT NULL,
  active BIGINT NOT NULL,
  from_topic TEXT NOT NULL,
  from_urgency TEXT NOT NULL,
  from_triage BIGINT NOT NULL,
  to_topic TEXT NOT NULL,
  to_urgency TEXT NOT NULL,
  to_triage BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  from_confidence BIGINT NOT NULL,
  to_confidence BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (shadow, active, from_topic, from_urgency, from_triage, to_topic, to_urgency, to_triage, slot)
);

-- Real requests, masked, that every later version must judge as people did. hour -1 = unknown.
CREATE TABLE pinned_case (
  id BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL,
  text TEXT NOT NULL,
  channel TEXT NOT NULL,
  line TEXT NOT NULL,
  place_hint TEXT NOT NULL,
  stated_type TEXT NOT NULL,
  hour BIGINT NOT NULL,
  category TEXT NOT NULL,
  topic TEXT NOT NULL,
  urgency TEXT NOT NULL,
  author TEXT NOT NULL,
  note TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  retired_by TEXT NOT NULL DEFAULT '',
  retired_note TEXT NOT NULL DEFAULT '',
  retired_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX pinned_case_live ON pinned_case (request_id) WHERE retired_at = 0;
