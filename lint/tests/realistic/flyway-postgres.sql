-- 0001_tenants.postgres.sql
create extension if not exists citext;
create schema if not exists app;

create domain app.email as citext check (value ~ '^[^@]+@[^@]+$');

create table app.tenants (
    id uuid primary key default gen_random_uuid(),
    name text not null check (length(name) between 1 and 200),
    created_at timestamptz not null default now()
);

create table app.accounts (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null references app.tenants on delete cascade,
    mail app.email not null,
    login citext not null,
    valid tstzrange not null default tstzrange(now(), null),
    search tsvector generated always as (to_tsvector('simple', coalesce(login, ''))) stored,
    primary key (tenant_id, id),
    exclude using gist (valid with &&)
);

alter table app.accounts enable row level security;
create policy tenant_only on app.accounts using (tenant_id = current_setting('app.tenant')::uuid);

create table app.payments (
    id bigint generated always as identity,
    tenant_id uuid not null,
    amount numeric(19, 4) not null,
    at timestamptz not null,
    primary key (id, at)
) partition by range (at);
create table app.payments_2024 partition of app.payments for values from ('2024-01-01') to ('2025-01-01');

create or replace function app.touch() returns trigger language plpgsql as $$
begin
    delete from app.payments;
    new.created_at = now();
    return new;
end
$$;
create trigger tenants_touch before update on app.tenants for each row execute function app.touch();

do $$ begin perform 1; end $$;
comment on table app.tenants is 'Who pays; see billing.invoices';
grant select on all tables in schema app to reader;

insert into app.tenants (name) values ('first'), ('second; not a statement');
select extract(epoch from tenants.created_at) from app.tenants where name is distinct from tenants.name;

-- 0002_state.postgres.sql
alter table app.accounts add column state text not null default 'new', add column seen_at timestamptz default now();
alter table app.accounts add constraint accounts_state check (state in ('new', 'open')) not valid;
alter table app.accounts alter column login set statistics 500;
with moved as (delete from app.payments where at < '2020-01-01' returning *) insert into app.tenants (name) select 'x' from moved;
