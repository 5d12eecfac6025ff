-- A profile belongs to an account of the auth service. Its id comes with the event; nothing refers to another database.
create table user_profiles (
    id uuid not null primary key,
    email text not null unique,
    first_name text not null default '',
    last_name text not null default '',
    phone text,
    avatar_url text,
    date_of_birth date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create table user_preferences (
    user_id uuid not null primary key,
    language text not null default 'en',
    currency char(3) not null default 'USD',
    email_notifications boolean not null default true,
    sms_notifications boolean not null default false,
    extra jsonb not null,
    updated_at timestamptz not null default now(),
    foreign key (user_id) references user_profiles (id) on delete cascade
);
