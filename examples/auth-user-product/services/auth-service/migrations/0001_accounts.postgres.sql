-- Accounts, the roles that there are, and who has which.
create table users (
    id uuid not null primary key default gen_random_uuid(),
    email text not null unique,
    password_hash text not null,
    is_email_verified boolean not null default false,
    is_active boolean not null default true,
    failed_logins int not null default 0 check (failed_logins >= 0),
    locked_until timestamptz,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table roles (
    id uuid not null primary key default gen_random_uuid(),
    name text not null unique,
    description text not null default '',
    created_at timestamptz not null default now()
);

create table user_roles (
    user_id uuid not null,
    role_id uuid not null,
    assigned_by uuid,
    assigned_at timestamptz not null default now(),
    primary key (user_id, role_id),
    foreign key (user_id) references users (id) on delete cascade,
    foreign key (role_id) references roles (id) on delete restrict,
    foreign key (assigned_by) references users (id) on delete set null
);
create index user_roles_role_id on user_roles (role_id);
create index user_roles_assigned_by on user_roles (assigned_by);

insert into roles (id, name, description) values
    ('00000000-0000-4000-8000-000000000001', 'user', 'Whoever has an account'),
    ('00000000-0000-4000-8000-000000000002', 'admin', 'Runs the platform');
