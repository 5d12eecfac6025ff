-- Tokens are kept as hashes: who reads these tables can use none of them.
create table refresh_tokens (
    id text not null primary key,
    user_id text not null,
    token_hash text not null unique,
    replaced_by text,
    user_agent text not null default '',
    ip_address text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    expires_at text not null,
    revoked_at text,
    foreign key (user_id) references users (id) on delete cascade,
    foreign key (replaced_by) references refresh_tokens (id) on delete set null
) strict;
create index refresh_tokens_user_id on refresh_tokens (user_id);
create index refresh_tokens_replaced_by on refresh_tokens (replaced_by);
create index refresh_tokens_expires_at on refresh_tokens (expires_at);

create table password_reset_tokens (
    id text not null primary key,
    user_id text not null,
    token_hash text not null unique,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    expires_at text not null,
    used_at text,
    foreign key (user_id) references users (id) on delete cascade
) strict;
create index password_reset_tokens_user_id on password_reset_tokens (user_id);

create table email_verification_tokens (
    id text not null primary key,
    user_id text not null,
    email text not null,
    token_hash text not null unique,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    expires_at text not null,
    used_at text,
    foreign key (user_id) references users (id) on delete cascade
) strict;
create index email_verification_tokens_user_id on email_verification_tokens (user_id);
