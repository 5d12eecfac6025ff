create table addresses (
    id uuid not null primary key default gen_random_uuid(),
    user_id uuid not null,
    kind text not null check (kind in ('shipping', 'billing')),
    line_1 text not null,
    line_2 text,
    city text not null,
    region text,
    postal_code text not null,
    country char(3) not null,
    is_default boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    foreign key (user_id) references user_profiles (id) on delete cascade
);
create index addresses_user_id on addresses (user_id);

-- The number of a card never comes here: only what its provider calls it.
create table payment_methods (
    id uuid not null primary key default gen_random_uuid(),
    user_id uuid not null,
    billing_address_id uuid,
    provider text not null,
    provider_token text not null,
    brand text not null,
    last_four char(4) not null,
    expires_month int not null check (expires_month between 1 and 12),
    expires_year int not null check (expires_year between 2000 and 2999),
    is_default boolean not null default false,
    created_at timestamptz not null default now(),
    unique (provider, provider_token),
    foreign key (user_id) references user_profiles (id) on delete cascade,
    foreign key (billing_address_id) references addresses (id) on delete set null
);
create index payment_methods_user_id on payment_methods (user_id);
create index payment_methods_billing_address_id on payment_methods (billing_address_id);
