-- 0001_notes.sqlite.sql
create table notes (
    id integer primary key,
    title text not null collate nocase,
    body blob,
    extra text check (json_valid(extra)),
    made_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    length integer generated always as (length(title)) virtual
) strict;
create virtual table notes_fts using fts5 (title, content = 'notes', content_rowid = 'id');
create trigger notes_ai after insert on notes begin
    insert into notes_fts (rowid, title) values (new.id, new.title);
    delete from notes_fts where rowid = -1;
end;
create table settings (name text primary key, value any) without rowid, strict;
create index notes_recent on notes (made_at desc) where body is not null;
insert or ignore into settings values ('a', 1);

-- 0002_pin.sqlite.sql
alter table notes add column pinned integer not null default 0;
alter table notes rename to note_entries;
