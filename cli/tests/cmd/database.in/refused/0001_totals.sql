create table totals (id bigint primary key, total numeric not null);
drop table orders;
