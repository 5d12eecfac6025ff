create table addresses (
    id text not null primary key,
    user_id text not null,
    kind text not null check (kind in ('shipping', 'billing')),
    line_1 text not null,
    line_2 text,
    city text not null,
    region text,
    postal_code text not null,
    country text not null,
    is_default integer not null default false,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    foreign key (user_id) references user_profiles (id) on delete cascade
) strict;
create index addresses_user_id on addresses (user_id);

-- The number of a card never comes here: only what its provider calls it.
create table payment_methods (
    id text not null primary key,
    user_id text not null,
    billing_address_id text,
    provider text not null,
    provider_token text not null,
    brand text not null,
    last_four text not null,
    expires_month int not null check (expires_month between 1 and 12),
    expires_year int not null check (expires_year between 2000 and 2999),
    is_default integer not null default false,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    unique (provider, provider_token),
    foreign key (user_id) references user_profiles (id) on delete cascade,
    foreign key (billing_address_id) references addresses (id) on delete set null
) strict;
create index payment_methods_user_id on payment_methods (user_id);
create index payment_methods_billing_address_id on payment_methods (billing_address_id);
