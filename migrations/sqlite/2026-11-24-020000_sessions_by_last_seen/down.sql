DROP INDEX sessions_last_ip_seen;
DROP INDEX sessions_ip_seen;
DROP INDEX sessions_user_seen;
