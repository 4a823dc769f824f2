-- The class of a permission, and what its class asks of the evidence.

-- The words of a permission's last part: `crm:deleteContact` and `tool:delete_contact` both begin with delete.
create or replace macro words_of(permission) as
  string_split_regex(lower(trim(regexp_replace(regexp_replace(
    split_part(permission, ':', -1), '([a-z0-9])([A-Z])', '\1 \2', 'g'), '[^A-Za-z0-9]+', ' ', 'g'))), ' +');

-- What changes who may do what.
create or replace macro is_about_rights(words) as
  list_has_any(words, ['policy', 'policies', 'permission', 'permissions', 'role', 'roles', 'acl', 'acls',
    'trust', 'membership', 'collaborator', 'collaborators', 'admin']);

create or replace macro is_of_reading(words) as
  list_has_any(words, ['read', 'readonly', 'get', 'list', 'search', 'find', 'view', 'describe', 'show', 'lookup',
    'fetch', 'query', 'count', 'check', 'calculate', 'think', 'head', 'browse', 'inspect', 'status', 'openid',
    'profile']);

-- Some are names of things too: `read_archive` and `get_tag` read, `archive_order` and `start_query` do not.
create or replace macro is_of_change(words) as
  list_has_any(words, ['write', 'readwrite', 'create', 'update', 'add', 'edit', 'put', 'modify', 'insert', 'upsert',
    'save', 'upload', 'rename', 'append', 'attach', 'detach', 'associate', 'disassociate', 'assign', 'replace',
    'overwrite', 'sync', 'merge', 'approve', 'reject', 'submit', 'enable', 'disable', 'install', 'deregister',
    'subscribe'])
  or (not is_of_reading(words[1:1]) and list_has_any(words, ['set', 'book', 'patch', 'move', 'change', 'import',
    'start', 'stop', 'restart', 'reset', 'archive', 'close', 'register', 'accept', 'tag', 'untag', 'copy',
    'restore']));

-- The heaviest class that a word tells: a name that reads and writes is no reader.
create or replace macro risk_of_words(words) as
  case
    when list_has_any(words, ['token', 'tokens', 'secret', 'secrets', 'key', 'keys', 'password',
      'passwords', 'credential', 'credentials']) then 'credential'
    when list_has_any(words, ['delete', 'remove', 'drop', 'destroy', 'cancel', 'purge', 'erase',
      'truncate', 'terminate', 'wipe', 'revoke', 'uninstall', 'kill', 'clear']) then 'destructive'
    when list_has_any(words, ['exec', 'execute', 'run', 'shell', 'eval', 'bash', 'invoke', 'spawn',
      'terminal', 'command']) then 'execute'
    when list_has_any(words, ['share', 'invite', 'grant', 'assume', 'impersonate', 'delegate'])
      or (is_of_change(words) and is_about_rights(words)) then 'share'
    when list_has_any(words, ['send', 'email', 'post', 'publish', 'transfer', 'pay', 'refund',
      'charge', 'notify', 'reply', 'forward', 'deploy', 'tweet', 'sms']) then 'external'
    when is_of_change(words) then 'write'
    when is_of_reading(words) then 'read'
  end;

-- A wildcard is as heavy as the heaviest that it may stand for: `read_*` reads, `*` and `crm:*` may destroy, and
-- `aws:s3:Put*` may hand on rights.
create or replace macro risk_of_wildcard(permission, told) as
  case
    when told is null or split_part(split_part(permission, '*', 1), ':', -1) = '' then 'destructive'
    when told = 'write' and starts_with(permission, 'aws:') then 'share'
    else told
  end;

-- The class that a name tells; null where it tells none.
create or replace macro risk_of_name(permission) as
  case when contains(permission, '*')
    then risk_of_wildcard(permission, risk_of_words(words_of(split_part(permission, '*', 1))))
    else risk_of_words(words_of(permission))
  end;

-- The class and where it is from: the catalogue, else its name, else write.
create or replace macro risks_of(ws) as table
  select p.permission, coalesce(c.risk, p.told, 'write') as risk,
    coalesce(c.source, case when p.told is null then 'default' when contains(p.permission, '*')
      then 'wildcard' else 'verb' end) as risk_source
  from (
    select permission, risk_of_name(permission) as told
    from (
      select distinct permission from surfaces where workspace = ws
      union
      select permission from permissions
    )
  ) p
  left join permission_risks c on c.permission = p.permission;

create or replace macro weight_of(risk) as
  case risk when 'read' then 1 when 'write' then 3 else 10 end;

-- At most this share of coming sessions may need what is called unused.
create or replace macro threshold_of(risk) as
  case risk when 'read' then 0.05 when 'write' then 0.01 else 0.005 end;

-- Opportunities without a use at which the bound falls to the threshold: ln 0.05 / ln(1 - threshold).
create or replace macro sessions_needed_of(risk) as
  case risk when 'read' then 59 when 'write' then 299 else 598 end;

create or replace macro days_needed_of(risk) as
  case risk when 'read' then 14 when 'write' then 30 else 90 end;

-- 0 uses in n sessions: at most this share of them needs it, with 95 % confidence.
create or replace macro absence_bound(n) as
  case when n >= 1 then 1 - pow(0.05, 1.0 / n) else 1.0 end;
