-- Counts for where no shared cache is: one row for each window of each caller.
create table rate_limits (
    identifier text not null,
    action text not null,
    window_start timestamptz not null,
    attempts int not null default 1 check (attempts > 0),
    blocked_until timestamptz,
    primary key (identifier, action, window_start)
);
create index rate_limits_window_start on rate_limits (window_start);
