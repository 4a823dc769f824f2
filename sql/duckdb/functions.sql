-- Shared pieces of the questions: filters, patterns, ids and keys.

-- A filter is a list of texts; null lets everything through.
create or replace macro listed(wanted, told) as wanted is null or list_contains(wanted, told);

create or replace macro unlisted(unwanted, told) as
  unwanted is null or told is null or not list_contains(unwanted, told);

create or replace macro listed_any(wanted, told) as
  wanted is null or list_has_any(coalesce(told, []), wanted);

create or replace macro unlisted_any(unwanted, told) as
  unwanted is null or not list_has_any(coalesce(told, []), unwanted);

create or replace macro occurs(sought, told) as
  sought is null or contains(lower(coalesce(told, '')), lower(sought));

-- Ids as the API writes them.
create or replace macro trace_hex(id) as replace(id::varchar, '-', '');

-- Hashes of names. Lengths keep apart what a name could join; md5 is the same in every version of the engine.
create or replace macro agent_hash_of(ws, env, who) as
  md5_number_lower(concat_ws(':', length(ws), ws, length(env), env, who));

create or replace macro session_key_of(agent_hash, told) as
  md5_number_lower(concat_ws(':', agent_hash, told));

create or replace macro token_key_of(agent_hash, fingerprint) as
  md5_number_lower(concat_ws(':', agent_hash, fingerprint));

create or replace macro permission_hash_of(told) as md5_number_lower(told);

create or replace macro span_hex(id) as lpad(lower(hex(id)), 16, '0');

-- A sort key's instant: fixed width, so that its text sorts as the instant does.
create or replace macro sort_key(instant) as lpad((epoch_us(instant))::varchar, 20, '0');

-- The instant at the head of a sort key.
create or replace macro key_instant(key) as make_timestamp(split_part(key, chr(31), 1)::bigint);

create or replace macro seconds_between(from_instant, to_instant) as
  (epoch_us(to_instant) - epoch_us(from_instant)) / 1e6;

-- `*` stands for any text, everything else for itself.
create or replace macro covers(pattern, told) as
  pattern = '*' or pattern = told or (contains(pattern, '*') and told like
    replace(replace(replace(replace(pattern, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
    escape '\');

-- A use whose resource is unknown may have been of any: it must not make a narrower grant look unused.
create or replace macro covers_resource(pattern, kind, id) as
  id = '' or covers(pattern, id) or covers(pattern, kind || '/' || id)
    or covers(pattern, kind || ':' || id);

create or replace macro system_of(permission) as split_part(permission, ':', 1);

-- A bucket's width where none is asked for: some hundred buckets at most.
create or replace macro bucket_of(asked, first_at, until_at) as
  coalesce(asked, case
    when until_at - first_at <= interval 3 hours then 'minute'
    when until_at - first_at <= interval 4 days then 'hour'
    when until_at - first_at <= interval 400 days then 'day'
    else 'week' end);

-- Starts of the buckets that touch [first, until).
create or replace macro bucket_step(asked, first_at, until_at) as
  to_days(case bucket_of(asked, first_at, until_at) when 'week' then 7 when 'day' then 1 else 0 end)
  + to_minutes(case bucket_of(asked, first_at, until_at) when 'hour' then 60 when 'minute' then 1 else 0 end);

create or replace macro bucket_end(bucket, asked, first_at, until_at) as
  bucket + bucket_step(asked, first_at, until_at);

create or replace macro bucket_starts(asked, first_at, until_at) as table
  select unnest(generate_series(date_trunc(bucket_of(asked, first_at, until_at), first_at)::timestamp,
    until_at - interval 1 microsecond, bucket_step(asked, first_at, until_at))) as bucket_at;

create or replace macro percent(share) as
  case when share >= 0.1 then format('{:.0f} %', share * 100)
    when share >= 0.001 then format('{:.2f} %', share * 100)
    else format('{:.3f} %', share * 100) end;
