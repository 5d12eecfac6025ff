create table wishlist_items (
    user_id text not null,
    product_id text not null,
    price_when_added text,
    note text not null default '',
    added_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    primary key (user_id, product_id),
    foreign key (user_id) references user_profiles (id) on delete cascade
) strict;
create index wishlist_items_product_id on wishlist_items (product_id);

-- Which events were handled: a second delivery of one finds its row, and does nothing.
create table event_logs (
    event_id text not null primary key,
    event_type text not null,
    source text not null,
    payload text not null,
    status text not null check (status in ('processed', 'failed', 'skipped')),
    error text,
    received_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    processed_at text
) strict;
create index event_logs_event_type on event_logs (event_type, received_at);
create index event_logs_status on event_logs (status, received_at);
