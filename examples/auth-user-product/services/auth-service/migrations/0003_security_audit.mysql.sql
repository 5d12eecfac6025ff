-- What happened, in its order. Rows are added and never changed: the database itself refuses.
create table security_audit_logs (
    id bigint not null auto_increment primary key,
    occurred_at datetime(6) not null default current_timestamp(6),
    user_id char(36),
    event_type varchar(255) not null,
    severity varchar(255) not null check (severity in ('info', 'warning', 'critical')),
    ip_address varchar(45),
    user_agent varchar(255) not null default '',
    details json not null
);
create index security_audit_logs_user_id on security_audit_logs (user_id, occurred_at);
create index security_audit_logs_event_type on security_audit_logs (event_type, occurred_at);

create trigger security_audit_logs_update before update on security_audit_logs for each row begin
    signal sqlstate '45000' set message_text = 'the audit log is append-only';
end;
create trigger security_audit_logs_delete before delete on security_audit_logs for each row begin
    signal sqlstate '45000' set message_text = 'the audit log is append-only';
end;
