-- How often what happened, for the overview: events and tokens are too many to be counted.
CREATE TABLE activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- minute or hour.
    resolution TEXT NOT NULL,
    -- The beginning of that minute or hour.
    starts_at TIMESTAMP NOT NULL,
    -- logged_in, refreshed, ...
    kind TEXT NOT NULL,
    count BIGINT NOT NULL,
    UNIQUE (resolution, starts_at, kind)
);

-- The alarms of a session: few, so that they are looked at before one more is noted.
CREATE INDEX events_followers ON events (sid, id) WHERE kind = 'follower_suspected';
