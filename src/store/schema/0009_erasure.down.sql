-- The journal of erasures is lost: an older backup would bring erased persons back.
DROP INDEX request_by_citizen;
DROP INDEX outbox_by_citizen;
DROP INDEX message_by_citizen;
DROP TABLE citizen_contact;
DROP TABLE erasure;
