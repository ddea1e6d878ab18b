DROP TABLE letter_event;
DROP TABLE letter_text;
DROP TABLE letter;
DROP TABLE service;
DROP TABLE request_privacy;
DROP TABLE form_question;
DROP TABLE request_field;
