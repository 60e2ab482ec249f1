ALTER TABLE nodes DROP COLUMN settings_id;
ALTER TABLE nodes DROP COLUMN key_id;
