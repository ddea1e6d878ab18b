-- Back to an empty database. Everything in it is lost.
DROP TABLE probe;
DROP TABLE rule_set;
DROP TABLE channel_state;
DROP TABLE refused;
DROP TABLE correction;
DROP TABLE parked;
DROP TABLE outbox;
DROP TABLE day_serial;
DROP TABLE event;
DROP TABLE work_order;
DROP TABLE message;
DROP TABLE request;
DROP TABLE conversation;
DROP TABLE citizen;
DROP TABLE secret;
