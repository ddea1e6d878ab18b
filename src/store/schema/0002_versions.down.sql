-- Back to versions without a history. What was done with them, the shadow's counts and pinned cases are lost.
DROP TABLE pinned_case;
DROP TABLE shadow_example;
DROP TABLE shadow_pair;
DROP TABLE shadow_run;
DROP TABLE rule_set_act;
DROP INDEX rule_set_by_hash;
DROP INDEX rule_set_shadow;
UPDATE rule_set SET state = 'draft' WHERE state IN ('checked', 'shadow');
UPDATE rule_set SET state = 'retired' WHERE state = 'discarded';
ALTER TABLE rule_set DROP COLUMN base;
