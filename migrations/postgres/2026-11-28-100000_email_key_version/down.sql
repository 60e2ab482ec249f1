DROP INDEX users_email_key_due;
DROP INDEX users_email_key_version;
ALTER TABLE users DROP COLUMN email_key_due;
ALTER TABLE users DROP COLUMN email_key_version;
