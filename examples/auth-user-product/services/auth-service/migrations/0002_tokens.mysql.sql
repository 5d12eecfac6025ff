-- Tokens are kept as hashes: who reads these tables can use none of them.
create table refresh_tokens (
    id char(36) not null primary key default (uuid()),
    user_id char(36) not null,
    token_hash char(64) not null unique,
    replaced_by char(36),
    user_agent varchar(255) not null default '',
    ip_address varchar(45),
    created_at datetime(6) not null default current_timestamp(6),
    expires_at datetime(6) not null,
    revoked_at datetime(6),
    foreign key (user_id) references users (id) on delete cascade,
    foreign key (replaced_by) references refresh_tokens (id) on delete set null
);
create index refresh_tokens_user_id on refresh_tokens (user_id);
create index refresh_tokens_replaced_by on refresh_tokens (replaced_by);
create index refresh_tokens_expires_at on refresh_tokens (expires_at);

create table password_reset_tokens (
    id char(36) not null primary key default (uuid()),
    user_id char(36) not null,
    token_hash char(64) not null unique,
    created_at datetime(6) not null default current_timestamp(6),
    expires_at datetime(6) not null,
    used_at datetime(6),
    foreign key (user_id) references users (id) on delete cascade
);
create index password_reset_tokens_user_id on password_reset_tokens (user_id);

create table email_verification_tokens (
    id char(36) not null primary key default (uuid()),
    user_id char(36) not null,
    email varchar(255) not null,
    token_hash char(64) not null unique,
    created_at datetime(6) not null default current_timestamp(6),
    expires_at datetime(6) not null,
    used_at datetime(6),
    foreign key (user_id) references users (id) on delete cascade
);
create index email_verification_tokens_user_id on email_verification_tokens (user_id);
