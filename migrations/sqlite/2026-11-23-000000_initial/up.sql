-- The whole schema, the features to come included: a table is cheap now and dear to
-- change later. The other backend's migration of the same name declares the same columns.
-- Times are UTC; keys are never reused.

-- Django's AbstractUser, with log-in by e-mail.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Kept for imported users; nobody logs in with it.
    username TEXT,
    -- As it was typed, its domain lower-cased.
    email TEXT NOT NULL,
    -- The address folded in Rust: two that differ only in case are one account.
    email_key TEXT NOT NULL,
    -- Django's encoding: algorithm$parameters$salt$hash.
    password TEXT NOT NULL,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    is_active BOOLEAN NOT NULL DEFAULT true,
    is_staff BOOLEAN NOT NULL DEFAULT false,
    is_superuser BOOLEAN NOT NULL DEFAULT false,
    -- Rises with every "end everything of this user"; tokens carry it as gen.
    generation BIGINT NOT NULL DEFAULT 0,
    -- A JSON object that goes into this user's access tokens.
    claims TEXT NOT NULL DEFAULT '{}',
    date_joined TIMESTAMP NOT NULL,
    last_login TIMESTAMP,
    -- Set for users who came from Django, whose old tokens are honoured.
    imported_at TIMESTAMP,
    UNIQUE (email_key)
);
CREATE INDEX users_date_joined ON users (date_joined, id);
CREATE INDEX users_last_login ON users (last_login, id);
CREATE INDEX users_staff ON users (id) WHERE (is_staff);
CREATE INDEX users_superuser ON users (id) WHERE (is_superuser);
CREATE INDEX users_inactive ON users (id) WHERE (NOT is_active);

-- The family of refresh tokens that descend from one log-in.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Random; what tokens and URLs carry.
    sid TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The one live refresh token; the row is locked before it changes.
    current_jti TEXT NOT NULL,
    -- The user's generation when the session began.
    generation BIGINT NOT NULL DEFAULT 0,
    -- Refresh tokens ever issued; more than its rows once old ones are gone.
    token_count BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    rotated_at TIMESTAMP,
    last_seen_at TIMESTAMP NOT NULL,
    -- Where it began.
    ip TEXT,
    user_agent TEXT NOT NULL DEFAULT '',
    -- Where it was last refreshed.
    last_ip TEXT,
    last_user_agent TEXT NOT NULL DEFAULT '',
    -- When the current refresh token expires: the idle limit.
    expires_at TIMESTAMP NOT NULL,
    -- No token of this session lives longer.
    absolute_expires_at TIMESTAMP NOT NULL,
    -- The greatest exp of any access token handed out.
    access_until TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    end_reason TEXT,
    -- The operator's user id, where an operator ended it.
    ended_by BIGINT,
    UNIQUE (sid)
);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_created_at ON sessions (created_at, id);
CREATE INDEX sessions_last_seen_at ON sessions (last_seen_at, id);
CREATE INDEX sessions_ip ON sessions (ip, id);
CREATE INDEX sessions_last_ip ON sessions (last_ip, id);
CREATE INDEX sessions_end_reason ON sessions (end_reason, id);
CREATE INDEX sessions_live ON sessions (user_id, id) WHERE (ended_at IS NULL);

-- Refresh tokens that were issued; never the token itself.
CREATE TABLE outstanding_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id BIGINT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    jti TEXT NOT NULL,
    -- The token that this one succeeded; its row may be gone.
    parent_id BIGINT,
    -- 0 for the log-in's token, then one more for each rotation.
    sequence BIGINT NOT NULL DEFAULT 0,
    -- The kid of the key that signed it; empty for SECRET_KEY.
    key_id TEXT NOT NULL DEFAULT '',
    -- Claims beside the standard ones (iss, aud) as they were signed.
    profile TEXT NOT NULL DEFAULT '{}',
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    -- When it was rotated away, and by whom:
    used_at TIMESTAMP,
    used_ip TEXT,
    used_user_agent TEXT,
    UNIQUE (jti),
    UNIQUE (session_id, sequence)
);
CREATE INDEX outstanding_tokens_user ON outstanding_tokens (user_id, id);
CREATE INDEX outstanding_tokens_expires_at ON outstanding_tokens (expires_at);
CREATE INDEX outstanding_tokens_used_ip ON outstanding_tokens (used_ip, id);

-- Outstanding tokens that no longer refresh, and why.
CREATE TABLE blacklisted_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_id BIGINT NOT NULL REFERENCES outstanding_tokens (id) ON DELETE CASCADE,
    blacklisted_at TIMESTAMP NOT NULL,
    -- rotated, logged_out, ...
    reason TEXT NOT NULL,
    UNIQUE (token_id)
);
CREATE INDEX blacklisted_tokens_blacklisted_at ON blacklisted_tokens (blacklisted_at, id);
CREATE INDEX blacklisted_tokens_reason ON blacklisted_tokens (reason, id);

-- The feed that nodes learn from. No foreign keys: deleting a user must not erase his revocation.
CREATE TABLE revocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- session, user, key or everything.
    kind TEXT NOT NULL,
    -- sid, user id, kid, or empty.
    subject TEXT NOT NULL,
    -- For a user: tokens of a lower generation are refused.
    generation BIGINT NOT NULL DEFAULT 0,
    reason TEXT NOT NULL,
    revoked_at TIMESTAMP NOT NULL,
    -- No access token that this concerns lives longer.
    until TIMESTAMP NOT NULL,
    -- PostgreSQL's transaction id; 0 on SQLite.
    transaction_id BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX revocations_until ON revocations (until);
CREATE INDEX revocations_transaction_id ON revocations (transaction_id);

-- The audit log. No foreign keys: it outlives what it tells of.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    -- Whom it happened to.
    user_id BIGINT,
    -- Who did it, where that is somebody else.
    actor_id BIGINT,
    sid TEXT,
    -- The refresh token that it concerns.
    jti TEXT,
    ip TEXT,
    user_agent TEXT,
    reason TEXT,
    -- A JSON object; never a secret.
    detail TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX events_at ON events (at, id);
CREATE INDEX events_user ON events (user_id, id);
CREATE INDEX events_sid ON events (sid, id);
CREATE INDEX events_actor ON events (actor_id, id);
CREATE INDEX events_kind ON events (kind, at, id);
CREATE INDEX events_ip ON events (ip, id);

-- Keys for asymmetric signatures; private halves are sealed with the secret key.
CREATE TABLE signing_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kid TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    public_key BLOB NOT NULL,
    sealed_private_key BLOB,
    created_at TIMESTAMP NOT NULL,
    signs_from TIMESTAMP NOT NULL,
    retired_at TIMESTAMP,
    UNIQUE (kid)
);

-- Links that work once; only their hash is stored.
CREATE TABLE one_time_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB NOT NULL,
    purpose TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    -- The operator who made it.
    created_by BIGINT,
    -- A JSON object, such as the new address.
    data TEXT NOT NULL DEFAULT '{}',
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    UNIQUE (token_hash)
);
CREATE INDEX one_time_tokens_expires_at ON one_time_tokens (expires_at);

-- Operators signed in to the admin; the key is stored hashed.
CREATE TABLE admin_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    key_hash BLOB NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT '{}',
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    ip TEXT,
    user_agent TEXT NOT NULL DEFAULT '',
    UNIQUE (key_hash)
);
CREATE INDEX admin_sessions_user ON admin_sessions (user_id);
CREATE INDEX admin_sessions_expires_at ON admin_sessions (expires_at);

-- How much of a rate limit has been used up.
CREATE TABLE throttles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    used BIGINT NOT NULL DEFAULT 0,
    resets_at TIMESTAMP NOT NULL,
    UNIQUE (scope, subject)
);
CREATE INDEX throttles_resets_at ON throttles (resets_at);

-- Who is up, and how fresh its revocations are.
CREATE TABLE nodes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    fresh_at TIMESTAMP,
    UNIQUE (name)
);

-- Long work that survives a restart.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    parameters TEXT NOT NULL DEFAULT '{}',
    -- queued, running, done or failed.
    state TEXT NOT NULL,
    -- The node that works on it, until its lease ends.
    owner TEXT,
    leased_until TIMESTAMP,
    -- Where it goes on after a restart.
    cursor TEXT NOT NULL DEFAULT '',
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT,
    created_by BIGINT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    error TEXT
);
CREATE INDEX jobs_state ON jobs (state, id);
