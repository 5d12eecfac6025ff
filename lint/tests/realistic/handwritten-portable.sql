-- 0001_users.sql
create table users (
    id varchar(36) not null primary key,
    email varchar(255) not null unique,
    password_hash varchar(255) not null,
    is_active boolean not null default true,
    failed_logins integer not null default 0,
    created_at varchar(40) not null,
    check (length(email) > 2)
);

create table roles (
    id varchar(36) not null primary key,
    name varchar(50) not null,
    constraint roles_name_unique unique (name)
);

create table user_roles (
    user_id varchar(36) not null,
    role_id varchar(36) not null,
    primary key (user_id, role_id),
    foreign key (user_id) references users (id) on delete cascade,
    foreign key (role_id) references roles (id) on delete cascade
);
create index user_roles_role_id_idx on user_roles (role_id);

insert into roles (id, name) values ('1', 'user'), ('2', 'admin');

-- 0002_profile.sql
alter table users add column display_name varchar(100);
create table sessions (
    id varchar(36) primary key,
    user_id varchar(36) not null references users (id),
    expires_at bigint not null
);
create index sessions_user_id_idx on sessions (user_id);
