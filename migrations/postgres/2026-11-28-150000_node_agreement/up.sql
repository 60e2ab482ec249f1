-- What the servers of a database must have alike: the id of the key that signs, and a hash of settings.
ALTER TABLE nodes ADD COLUMN key_id TEXT COLLATE "C";
ALTER TABLE nodes ADD COLUMN settings_id TEXT COLLATE "C";
