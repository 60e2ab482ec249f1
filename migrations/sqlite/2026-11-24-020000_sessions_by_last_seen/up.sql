-- A user's and an address's sessions, the one last seen first, however many they are.
CREATE INDEX sessions_user_seen ON sessions (user_id, last_seen_at, id);
CREATE INDEX sessions_ip_seen ON sessions (ip, last_seen_at, id);
CREATE INDEX sessions_last_ip_seen ON sessions (last_ip, last_seen_at, id);
