-- What happened, in its order. Rows are added and never changed: the database itself refuses.
create table security_audit_logs (
    id bigint generated always as identity primary key,
    occurred_at timestamptz not null default now(),
    user_id uuid,
    event_type text not null,
    severity text not null check (severity in ('info', 'warning', 'critical')),
    ip_address inet,
    user_agent text not null default '',
    details jsonb not null
);
create index security_audit_logs_user_id on security_audit_logs (user_id, occurred_at);
create index security_audit_logs_event_type on security_audit_logs (event_type, occurred_at);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger security_audit_logs_change before update or delete or truncate on security_audit_logs
    for each statement execute function refuse_change();
