ALTER TABLE jobs DROP COLUMN maker_generation;
ALTER TABLE one_time_tokens DROP COLUMN floor;
ALTER TABLE one_time_tokens DROP COLUMN maker_generation;
