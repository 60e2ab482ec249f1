-- Indexes that the admin's lists walk, the newest first: what is open, what has ended, and
-- tokens by when they expire, with the key that tells those of one moment apart.
CREATE INDEX sessions_open ON sessions (created_at, id) WHERE (ended_at IS NULL);
CREATE INDEX sessions_ended ON sessions (created_at, id) WHERE (ended_at IS NOT NULL);
DROP INDEX outstanding_tokens_expires_at;
CREATE INDEX outstanding_tokens_expires_at ON outstanding_tokens (expires_at, id);
