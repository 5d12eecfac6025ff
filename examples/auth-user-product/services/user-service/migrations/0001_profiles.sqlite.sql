-- A profile belongs to an account of the auth service. Its id comes with the event; nothing refers to another database.
create table user_profiles (
    id text not null primary key,
    email text not null unique,
    first_name text not null default '',
    last_name text not null default '',
    phone text,
    avatar_url text,
    date_of_birth text,
    created_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    deleted_at text
) strict;

create table user_preferences (
    user_id text not null primary key,
    language text not null default 'en',
    currency text not null default 'USD',
    email_notifications integer not null default true,
    sms_notifications integer not null default false,
    extra text not null,
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    foreign key (user_id) references user_profiles (id) on delete cascade
) strict;
