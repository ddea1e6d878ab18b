DROP TABLE call_back;
