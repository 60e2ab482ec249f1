DROP INDEX events_followers;
DROP TABLE activity;
