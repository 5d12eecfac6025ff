create table addresses (
    id char(36) not null primary key default (uuid()),
    user_id char(36) not null,
    kind varchar(255) not null check (kind in ('shipping', 'billing')),
    line_1 varchar(255) not null,
    line_2 varchar(255),
    city varchar(255) not null,
    region varchar(255),
    postal_code varchar(255) not null,
    country char(3) not null,
    is_default boolean not null default false,
    created_at datetime(6) not null default current_timestamp(6),
    updated_at datetime(6) not null default current_timestamp(6),
    foreign key (user_id) references user_profiles (id) on delete cascade
);
create index addresses_user_id on addresses (user_id);

-- The number of a card never comes here: only what its provider calls it.
create table payment_methods (
    id char(36) not null primary key default (uuid()),
    user_id char(36) not null,
    billing_address_id char(36),
    provider varchar(255) not null,
    provider_token varchar(255) not null,
    brand varchar(255) not null,
    last_four char(4) not null,
    expires_month int not null check (expires_month between 1 and 12),
    expires_year int not null check (expires_year between 2000 and 2999),
    is_default boolean not null default false,
    created_at datetime(6) not null default current_timestamp(6),
    unique (provider, provider_token),
    foreign key (user_id) references user_profiles (id) on delete cascade,
    foreign key (billing_address_id) references addresses (id) on delete set null
);
create index payment_methods_user_id on payment_methods (user_id);
create index payment_methods_billing_address_id on payment_methods (billing_address_id);
