-- Accounts, the roles that there are, and who has which.
create table users (
    id char(36) not null primary key default (uuid()),
    email varchar(255) not null unique,
    password_hash varchar(255) not null,
    is_email_verified boolean not null default false,
    is_active boolean not null default true,
    failed_logins int not null default 0 check (failed_logins >= 0),
    locked_until datetime(6),
    last_login_at datetime(6),
    created_at datetime(6) not null default current_timestamp(6),
    updated_at datetime(6) not null default current_timestamp(6)
);

create table roles (
    id char(36) not null primary key default (uuid()),
    name varchar(255) not null unique,
    description varchar(255) not null default '',
    created_at datetime(6) not null default current_timestamp(6)
);

create table user_roles (
    user_id char(36) not null,
    role_id char(36) not null,
    assigned_by char(36),
    assigned_at datetime(6) not null default current_timestamp(6),
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
