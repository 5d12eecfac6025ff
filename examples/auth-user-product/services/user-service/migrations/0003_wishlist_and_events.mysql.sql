create table wishlist_items (
    user_id char(36) not null,
    product_id char(36) not null,
    price_when_added decimal(12, 2),
    note varchar(255) not null default '',
    added_at datetime(6) not null default current_timestamp(6),
    primary key (user_id, product_id),
    foreign key (user_id) references user_profiles (id) on delete cascade
);
create index wishlist_items_product_id on wishlist_items (product_id);

-- Which events were handled: a second delivery of one finds its row, and does nothing.
create table event_logs (
    event_id char(36) not null primary key,
    event_type varchar(255) not null,
    source varchar(255) not null,
    payload json not null,
    status varchar(255) not null check (status in ('processed', 'failed', 'skipped')),
    error longtext,
    received_at datetime(6) not null default current_timestamp(6),
    processed_at datetime(6)
);
create index event_logs_event_type on event_logs (event_type, received_at);
create index event_logs_status on event_logs (status, received_at);
