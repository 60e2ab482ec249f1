// @generated automatically by Diesel CLI.

diesel::table! {
    activity (id) {
        id -> BigInt,
        resolution -> Text,
        starts_at -> Timestamp,
        kind -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    address_holds (id) {
        id -> BigInt,
        address_mac -> Binary,
        user_id -> BigInt,
        until -> Timestamp,
    }
}

diesel::table! {
    admin_sessions (id) {
        id -> BigInt,
        key_hash -> Binary,
        user_id -> Nullable<BigInt>,
        state -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        ip -> Nullable<Text>,
        user_agent -> Text,
    }
}

diesel::table! {
    blacklisted_tokens (id) {
        id -> BigInt,
        token_id -> BigInt,
        blacklisted_at -> Timestamp,
        reason -> Text,
    }
}

diesel::table! {
    events (id) {
        id -> BigInt,
        at -> Timestamp,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        actor_id -> Nullable<BigInt>,
        sid -> Nullable<Text>,
        jti -> Nullable<Text>,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        reason -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        parameters -> Text,
        state -> Text,
        owner -> Nullable<Text>,
        leased_until -> Nullable<Timestamp>,
        cursor -> Text,
        done -> BigInt,
        total -> Nullable<BigInt>,
        created_by -> Nullable<BigInt>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        error -> Nullable<Text>,
        maker_generation -> Nullable<BigInt>,
    }
}

diesel::table! {
    nodes (id) {
        id -> BigInt,
        name -> Text,
        version -> Text,
        started_at -> Timestamp,
        last_seen_at -> Timestamp,
        fresh_at -> Nullable<Timestamp>,
        key_id -> Nullable<Text>,
        settings_id -> Nullable<Text>,
    }
}

diesel::table! {
    one_time_tokens (id) {
        id -> BigInt,
        token_hash -> Binary,
        purpose -> Text,
        user_id -> Nullable<BigInt>,
        created_by -> Nullable<BigInt>,
        data -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        maker_generation -> Nullable<BigInt>,
        floor -> BigInt,
    }
}

diesel::table! {
    outstanding_tokens (id) {
        id -> BigInt,
        user_id -> BigInt,
        session_id -> BigInt,
        jti -> Text,
        parent_id -> Nullable<BigInt>,
        sequence -> BigInt,
        key_id -> Text,
        profile -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        used_ip -> Nullable<Text>,
        used_user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    revocations (id) {
        id -> BigInt,
        kind -> Text,
        subject -> Text,
        generation -> BigInt,
        reason -> Text,
        revoked_at -> Timestamp,
        until -> Timestamp,
        transaction_id -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        sid -> Text,
        user_id -> BigInt,
        current_jti -> Text,
        generation -> BigInt,
        token_count -> BigInt,
        created_at -> Timestamp,
        rotated_at -> Nullable<Timestamp>,
        last_seen_at -> Timestamp,
        ip -> Nullable<Text>,
        user_agent -> Text,
        last_ip -> Nullable<Text>,
        last_user_agent -> Text,
        expires_at -> Timestamp,
        absolute_expires_at -> Timestamp,
        access_until -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        end_reason -> Nullable<Text>,
        ended_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> BigInt,
        kid -> Text,
        algorithm -> Text,
        public_key -> Binary,
        sealed_private_key -> Nullable<Binary>,
        created_at -> Timestamp,
        signs_from -> Timestamp,
        retired_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    throttles (id) {
        id -> BigInt,
        scope -> Text,
        subject -> Text,
        used -> BigInt,
        resets_at -> Timestamp,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Nullable<Text>,
        email -> Text,
        email_key -> Text,
        password -> Text,
        first_name -> Text,
        last_name -> Text,
        is_active -> Bool,
        is_staff -> Bool,
        is_superuser -> Bool,
        generation -> BigInt,
        claims -> Text,
        date_joined -> Timestamp,
        last_login -> Nullable<Timestamp>,
        imported_at -> Nullable<Timestamp>,
        email_key_version -> BigInt,
        email_key_due -> Nullable<Text>,
    }
}

diesel::joinable!(admin_sessions -> users (user_id));
diesel::joinable!(blacklisted_tokens -> outstanding_tokens (token_id));
diesel::joinable!(one_time_tokens -> users (user_id));
diesel::joinable!(outstanding_tokens -> sessions (session_id));
diesel::joinable!(outstanding_tokens -> users (user_id));
diesel::joinable!(sessions -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    activity,
    address_holds,
    admin_sessions,
    blacklisted_tokens,
    events,
    jobs,
    nodes,
    one_time_tokens,
    outstanding_tokens,
    revocations,
    sessions,
    signing_keys,
    throttles,
    users,
);
