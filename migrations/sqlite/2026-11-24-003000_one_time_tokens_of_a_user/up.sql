-- Deleting a user and changing a password ask for that user's links.
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id);
