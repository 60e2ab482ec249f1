-- Which version of the rule made email_key; 0 is the address folded as a whole. The server
-- makes keys of an older version anew when it starts.
ALTER TABLE users ADD COLUMN email_key_version BIGINT NOT NULL DEFAULT 0;
-- The key of the current version, where another user has it or is to have it as well: an
-- operator chooses.
ALTER TABLE users ADD COLUMN email_key_due TEXT;
CREATE INDEX users_email_key_version ON users (id) WHERE (email_key_version < 1);
CREATE INDEX users_email_key_due ON users (email_key_due) WHERE (email_key_due IS NOT NULL);
