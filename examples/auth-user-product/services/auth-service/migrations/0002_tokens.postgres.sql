-- Tokens are kept as hashes: who reads these tables can use none of them.
create table refresh_tokens (
    id uuid not null primary key default gen_random_uuid(),
    user_id uuid not null,
    token_hash char(64) not null unique,
    replaced_by uuid,
    user_agent text not null default '',
    ip_address inet,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    foreign key (user_id) references users (id) on delete cascade,
    foreign key (replaced_by) references refresh_tokens (id) on delete set null
);
create index refresh_tokens_user_id on refresh_tokens (user_id);
create index refresh_tokens_replaced_by on refresh_tokens (replaced_by);
create index refresh_tokens_expires_at on refresh_tokens (expires_at);

create table password_reset_tokens (
    id uuid not null primary key default gen_random_uuid(),
    user_id uuid not null,
    token_hash char(64) not null unique,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    foreign key (user_id) references users (id) on delete cascade
);
create index password_reset_tokens_user_id on password_reset_tokens (user_id);

create table email_verification_tokens (
    id uuid not null primary key default gen_random_uuid(),
    user_id uuid not null,
    email text not null,
    token_hash char(64) not null unique,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    foreign key (user_id) references users (id) on delete cascade
);
create index email_verification_tokens_user_id on email_verification_tokens (user_id);
