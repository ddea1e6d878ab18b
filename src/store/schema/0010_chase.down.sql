-- Reminders, supervisions and flags stay on the timelines; phone tasks and the record of emergencies are lost.
DROP TABLE answer_print;
DROP TABLE emergency;
DROP TABLE phone_task;
DROP INDEX event_judged;
DROP INDEX work_order_supervised;
DROP INDEX work_order_open;
DROP INDEX work_order_to_look;
ALTER TABLE work_order DROP COLUMN look_at;
