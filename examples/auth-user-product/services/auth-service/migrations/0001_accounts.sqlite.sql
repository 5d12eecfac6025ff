-- Accounts, the roles that there are, and who has which.
create table users (
    id text not null primary key,
    email text not null unique,
    password_hash text not null,
    is_email_verified integer not null default false,
    is_active integer not null default true,
    failed_logins int not null default 0 check (failed_logins >= 0),
    locked_until text,
    last_login_at text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) strict;

create table roles (
    id text not null primary key,
    name text not null unique,
    description text not null default '',
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) strict;

create table user_roles (
    user_id text not null,
    role_id text not null,
    assigned_by text,
    assigned_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    primary key (user_id, role_id),
    foreign key (user_id) references users (id) on delete cascade,
    foreign key (role_id) references roles (id) on delete restrict,
    foreign key (assigned_by) references users (id) on delete set null
) strict;
create index user_roles_role_id on user_roles (role_id);
create index user_roles_assigned_by on user_roles (assigned_by);

insert into roles (id, name, description) values
    ('00000000-0000-4000-8000-000000000001', 'user', 'Whoever has an account'),
    ('00000000-0000-4000-8000-000000000002', 'admin', 'Runs the platform');
