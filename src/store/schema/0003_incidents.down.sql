DROP TABLE incident_act;
DROP TABLE incident_alarm;
DROP TABLE incident_rate;
DROP TABLE incident_request;
DROP TABLE incident;
DROP TABLE incident_cursor;
DROP TABLE incident_serial;
