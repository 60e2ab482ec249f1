-- What an operator makes that acts later knows the operator's generation: it stops working
-- with everything else of theirs. NULL where no operator made it.
ALTER TABLE one_time_tokens ADD COLUMN maker_generation BIGINT;
-- The floor below which everybody's tokens were refused when the link was made.
ALTER TABLE one_time_tokens ADD COLUMN floor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN maker_generation BIGINT;
