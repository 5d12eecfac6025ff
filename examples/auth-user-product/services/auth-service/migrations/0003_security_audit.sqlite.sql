-- What happened, in its order. Rows are added and never changed: the database itself refuses.
create table security_audit_logs (
    id integer primary key autoincrement,
    occurred_at text not null default (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    user_id text,
    event_type text not null,
    severity text not null check (severity in ('info', 'warning', 'critical')),
    ip_address text,
    user_agent text not null default '',
    details text not null
) strict;
create index security_audit_logs_user_id on security_audit_logs (user_id, occurred_at);
create index security_audit_logs_event_type on security_audit_logs (event_type, occurred_at);

create trigger security_audit_logs_update before update on security_audit_logs begin
    select raise(abort, 'the audit log is append-only');
end;
create trigger security_audit_logs_delete before delete on security_audit_logs begin
    select raise(abort, 'the audit log is append-only');
end;
