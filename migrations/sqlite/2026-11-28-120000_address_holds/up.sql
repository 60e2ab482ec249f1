-- Addresses that were freed a while ago: nobody else gets them until then.
CREATE TABLE address_holds (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- HMAC-SHA256 of the address's key: the address itself is not kept.
    address_mac BLOB NOT NULL,
    -- Whose it was, and who may take it back. No foreign key: the user may be gone.
    user_id BIGINT NOT NULL,
    until TIMESTAMP NOT NULL,
    UNIQUE (address_mac)
);
CREATE INDEX address_holds_until ON address_holds (until);
