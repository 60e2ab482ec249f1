DROP INDEX outstanding_tokens_expires_at;
CREATE INDEX outstanding_tokens_expires_at ON outstanding_tokens (expires_at);
DROP INDEX sessions_ended;
DROP INDEX sessions_open;
