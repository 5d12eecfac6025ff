-- Counts for where no shared cache is: one row for each window of each caller.
create table rate_limits (
    identifier varchar(255) not null,
    action varchar(255) not null,
    window_start datetime(6) not null,
    attempts int not null default 1 check (attempts > 0),
    blocked_until datetime(6),
    primary key (identifier, action, window_start)
);
create index rate_limits_window_start on rate_limits (window_start);
