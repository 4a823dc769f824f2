-- Who approved an exemption beside its owner; null where nobody had to, or it was not kept yet.
alter table exemptions add column approved_by text;
