-- A profile belongs to an account of the auth service. Its id comes with the event; nothing refers to another database.
create table user_profiles (
    id char(36) not null primary key,
    email varchar(255) not null unique,
    first_name varchar(255) not null default '',
    last_name varchar(255) not null default '',
    phone varchar(255),
    avatar_url longtext,
    date_of_birth date,
    created_at datetime(6) not null default current_timestamp(6),
    updated_at datetime(6) not null default current_timestamp(6),
    deleted_at datetime(6)
);

create table user_preferences (
    user_id char(36) not null primary key,
    language varchar(255) not null default 'en',
    currency char(3) not null default 'USD',
    email_notifications boolean not null default true,
    sms_notifications boolean not null default false,
    extra json not null,
    updated_at datetime(6) not null default current_timestamp(6),
    foreign key (user_id) references user_profiles (id) on delete cascade
);
