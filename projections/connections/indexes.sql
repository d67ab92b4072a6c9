create index notice_connection on notice (connection, at desc, id);
