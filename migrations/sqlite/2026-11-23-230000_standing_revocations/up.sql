-- The few revocations that stay for ever, a key's and that of everything: every log-in and
-- every refresh asks for them.
CREATE INDEX revocations_standing ON revocations (kind) WHERE (kind IN ('everything', 'key'));
