create table wishlist_items (
    user_id uuid not null,
    product_id uuid not null,
    price_when_added numeric(12, 2),
    note text not null default '',
    added_at timestamptz not null default now(),
    primary key (user_id, product_id),
    foreign key (user_id) references user_profiles (id) on delete cascade
);
create index wishlist_items_product_id on wishlist_items (product_id);

-- Which events were handled: a second delivery of one finds its row, and does nothing.
create table event_logs (
    event_id uuid not null primary key,
    event_type text not null,
    source text not null,
    payload jsonb not null,
    status text not null check (status in ('processed', 'failed', 'skipped')),
    error text,
    received_at timestamptz not null default now(),
    processed_at timestamptz
);
create index event_logs_event_type on event_logs (event_type, received_at);
create index event_logs_status on event_logs (status, received_at);
