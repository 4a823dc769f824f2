-- Shared pieces of the questions: filters, patterns, risk, grants held, evidence and verdicts.

-- A filter is a list of texts; null lets everything through.
create or replace macro listed(wanted, told) as wanted is null or list_contains(wanted, told);
create or replace macro unlisted(unwanted, told) as
  unwanted is null or told is null or not list_contains(unwanted, told);
create or replace macro occurs(sought, told) as
  sought is null or contains(lower(coalesce(told, '')), lower(sought));

-- Ids as the API writes them.
create or replace macro trace_hex(id) as replace(id::varchar, '-', '');
create or replace macro span_hex(id) as lpad(lower(hex(id)), 16, '0');
create or replace macro iso(instant) as strftime(instant, '%Y-%m-%dT%H:%M:%S.%fZ');
-- A sort key's instant: fixed width, so that its text sorts as the instant does.
create or replace macro sort_key(instant) as lpad((epoch_us(instant))::varchar, 20, '0');
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

-- The words of a permission's last part: `crm:deleteContact` and `tool:delete_contact` both begin with delete.
create or replace macro words_of(permission) as
  string_split_regex(lower(trim(regexp_replace(regexp_replace(
    split_part(permission, ':', -1), '([a-z0-9])([A-Z])', '\1 \2', 'g'), '[^A-Za-z0-9]+', ' ', 'g'))), ' +');
create or replace macro risk_of_words(words) as
  case
    when list_has_any(words, ['token', 'tokens', 'secret', 'secrets', 'key', 'keys', 'password',
      'passwords', 'credential', 'credentials']) then 'credential'
    when list_has_any(words, ['delete', 'remove', 'drop', 'destroy', 'cancel', 'purge', 'erase',
      'truncate', 'terminate', 'wipe', 'revoke', 'uninstall', 'kill']) then 'destructive'
    when list_has_any(words, ['exec', 'execute', 'run', 'shell', 'eval', 'bash', 'invoke', 'spawn',
      'terminal', 'command']) then 'execute'
    when list_has_any(words, ['share', 'invite', 'grant', 'assume', 'impersonate', 'delegate'])
      then 'share'
    when list_has_any(words, ['send', 'email', 'post', 'publish', 'transfer', 'pay', 'refund',
      'charge', 'notify', 'reply', 'forward', 'deploy', 'tweet', 'sms']) then 'external'
    when list_has_any(words, ['read', 'readonly', 'get', 'list', 'search', 'find', 'view',
      'describe', 'show', 'lookup', 'fetch', 'query', 'count', 'check', 'calculate', 'think',
      'head', 'browse', 'inspect', 'status', 'openid', 'profile']) then 'read'
  end;
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

-- The class and where it is from: the catalogue, else the verb, else write.
create or replace macro risks_of(ws) as table
  select p.permission, coalesce(c.risk, risk_of_words(words_of(p.permission)), 'write') as risk,
    coalesce(c.source,
      case when risk_of_words(words_of(p.permission)) is null then 'default' else 'verb' end)
      as risk_source
  from (
    select distinct permission from surfaces where workspace = ws
    union
    select distinct permission from permission_uses where workspace = ws
  ) p
  left join permission_risks c on c.permission = p.permission;

-- grain: one row per grant with its end; a list from outside ends where the next of its source begins
create or replace macro grants_until(ws, env, wanted, as_of) as table
  with own as (
    select environment, agent, session, kind, source, source_ref, surface_hash, granted_at, ended_at
    from grants
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and granted_at < as_of
  ),
  lists as (
    select distinct environment, agent, kind, source, granted_at,
      -- An import is all that its source grants, a snapshot all that its policy or role does.
      case kind when 'snapshot' then source_ref else '' end as list
    from own where kind in ('snapshot', 'import')
  ),
  nexts as (
    select *, lead(granted_at) over (partition by environment, agent, kind, source, list
      order by granted_at) as next_at
    from lists
  )
  select o.environment, o.agent, o.session, o.kind, o.source, o.source_ref, o.surface_hash,
    o.granted_at, least(o.ended_at, n.next_at, timestamp '9999-01-01') as ended_at
  from own o
  left join nexts n on n.environment = o.environment and n.agent = o.agent and n.kind = o.kind
    and n.source = o.source and n.granted_at = o.granted_at
    and n.list = case o.kind when 'snapshot' then o.source_ref else '' end;

-- grain: one row per agent, permission, resource pattern and island of its grants; gaps up to 14 days are merged
create or replace macro islands_of(ws, env, wanted, as_of) as table
  with days as (
    select environment, agent, kind, source, surface_hash, date_trunc('day', granted_at) as day,
      min(granted_at) as granted_at, max(granted_at) as last_granted_at,
      max(ended_at) as ended_at, arg_max(source_ref, granted_at) as source_ref
    from grants_until(ws, env, wanted, as_of)
    group by all
  ),
  held as (
    select d.environment, d.agent, s.permission, s.resource_pattern, d.kind, d.source, d.source_ref,
      d.granted_at, d.last_granted_at, d.ended_at
    from days d
    join surfaces s on s.workspace = ws and s.surface_hash = d.surface_hash
  ),
  starts as (
    select *, granted_at > max(ended_at) over (
        partition by environment, agent, permission, resource_pattern
        order by granted_at, ended_at rows between unbounded preceding and 1 preceding)
        + interval 14 days as apart
    from held
  ),
  numbered as (
    select *, count(*) filter (where apart) over (
        partition by environment, agent, permission, resource_pattern
        order by granted_at, ended_at rows unbounded preceding) as island
    from starts
  )
  select environment, agent, permission, resource_pattern, island,
    min(granted_at) as held_since, max(last_granted_at) as granted_at, max(ended_at) as ended_at,
    max(case when kind = 'tool_list' then ended_at + interval 14 days else ended_at end)
      as held_until,
    -- A list of tools speaks for the agent for 14 days; all else until it ends.
    bool_or(case when kind = 'tool_list' then ended_at >= as_of - interval 14 days
      else ended_at > as_of end) as held_now,
    bool_or(kind <> 'tool_list') as by_interval,
    list_sort(list_distinct(list(source))) as granted_by,
    -- Of tokens the latest names them all.
    list_sort(list_filter(list_distinct(list_append(
      list(source_ref) filter (where kind <> 'token'),
      max_by(source_ref, granted_at) filter (where kind = 'token'))), lambda r: r <> ''))
      as source_ref
  from numbered
  group by all;

-- grain: one row per session with any span in [first, as_of)
create or replace macro sessions_of(ws, env, wanted, first_at, as_of) as table
  select environment, agent, session, min(started_at) as started_at,
    max(last_span_at) as last_span_at,
    max(coalesce(last_action_at, last_span_at)) as acted_at, max(task_id) as task_id,
    bool_or(sampled) as sampled, bool_and(attested) as attested
  from session_parts
  where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    and last_span_at >= first_at and started_at < as_of
  group by environment, agent, session;

-- grain: one row per session of the window with its share of an opportunity: a task counts once,
-- and a day at most twice the median of the agent's active days
create or replace macro opportunities_of(ws, env, wanted, first_at, as_of) as table
  with counted as (
    select environment, agent, session, started_at, acted_at, last_span_at,
      date_trunc('day', started_at) as day,
      case when not attested then 0
        when task_id is null then 1
        when row_number() over (partition by environment, agent, attested, task_id
          order by started_at, session) = 1 then 1
        else 0 end as counts
    from sessions_of(ws, env, wanted, first_at, as_of)
    where started_at >= first_at
  ),
  days as (
    select environment, agent, day, sum(counts) as n from counted group by all having sum(counts) > 0
  ),
  medians as (
    select environment, agent, median(n) as middle from days group by all
  )
  select c.environment, c.agent, c.session, c.started_at, c.acted_at,
    coalesce(c.counts * least(1, 2 * m.middle / d.n), 0) as share
  from counted c
  left join days d using (environment, agent, day)
  left join medians m on m.environment = c.environment and m.agent = c.agent;

-- grain: one row per agent, permission and resource pattern ever held; the window's sessions that held it
create or replace macro chances_of(ws, env, wanted, first_at, as_of) as table
  with offered as (
    select distinct g.environment, g.agent, g.session, s.permission, s.resource_pattern
    from grants g
    join surfaces s on s.workspace = ws and s.surface_hash = g.surface_hash
    where g.workspace = ws and (env is null or g.environment = env) and listed(wanted, g.agent)
      and g.kind = 'tool_list' and g.granted_at < as_of
      and coalesce(g.ended_at, as_of) >= first_at
  ),
  chances as (
    select o.environment, o.agent, o.permission, o.resource_pattern, o.session, c.share
    from offered o
    join opportunities_of(ws, env, wanted, first_at, as_of) c using (environment, agent, session)
    union
    select i.environment, i.agent, i.permission, i.resource_pattern, c.session, c.share
    from islands_of(ws, env, wanted, as_of) i
    join opportunities_of(ws, env, wanted, first_at, as_of) c
      on c.environment = i.environment and c.agent = i.agent
      and c.acted_at > i.held_since and c.started_at < i.ended_at
    where i.by_interval
  )
  select environment, agent, permission, resource_pattern, count(*) as sessions_granted,
    floor(sum(share) + 1e-9) as n
  from chances group by all;

-- grain: one row per agent and silence: the time since its last session and the longest between two
create or replace macro silences_of(ws, env, wanted, first_at, as_of) as table
  with gaps as (
    select environment, agent, last_span_at,
      seconds_between(max(last_span_at) over (partition by environment, agent
        order by started_at, session rows between unbounded preceding and 1 preceding),
        started_at) as gap_s
    from sessions_of(ws, env, wanted, first_at, as_of)
  )
  select environment, agent, coalesce(max(gap_s), 0) as longest_gap_s,
    seconds_between(max(last_span_at), as_of) as silent_s
  from gaps group by environment, agent;

-- grain: one row per producer and agent with spans in [first, as_of) whose sequence lacks numbers
create or replace macro gaps_of(ws, env, first_at, as_of) as table
  with sequences as (
    select producer_id, max(last_seq) - min(first_seq) + 1 - sum(spans) as missing
    from producer_parts
    where workspace = ws and last_seen_at >= first_at and last_seen_at < as_of
    group by producer_id
    having max(last_seq) - min(first_seq) + 1 > sum(spans)
  )
  select distinct p.environment, p.agent, p.producer_id, s.missing
  from producer_parts p
  join sequences s using (producer_id)
  where p.workspace = ws and (env is null or p.environment = env)
    and p.last_seen_at >= first_at and p.last_seen_at < as_of;

-- grain: one row per agent: why telemetry could not have seen a use, null where it could
create or replace macro blind_agents_of(ws, env, wanted, first_at, as_of) as table
  with sampled as (
    select environment, agent, bool_or(sampled) as sampled
    from session_parts
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and started_at >= first_at and started_at < as_of
    group by all
  ),
  gaps as (
    select environment, agent, sum(missing) as missing
    from gaps_of(ws, env, first_at, as_of) group by all
  )
  select s.environment, s.agent,
    case
      when p.sampled then 'its spans are sampled: what is not sent cannot be seen'
      when g.missing > 0 then
        format('{} spans are missing from its producers'' sequences', g.missing::bigint)
      when s.silent_s > 5 * 86400 and s.silent_s > 2 * s.longest_gap_s then
        format('silent for {:.1f} days, longest silence before {:.1f} days',
          s.silent_s / 86400, s.longest_gap_s / 86400)
    end as blind_reason
  from silences_of(ws, env, wanted, as_of - interval 400 days, as_of) s
  left join sampled p using (environment, agent)
  left join gaps g on g.environment = s.environment and g.agent = s.agent;

-- grain: one row per part of a use or denial of the last 400 days, marked whether in the window
create or replace macro uses_of(ws, env, wanted, first_at, as_of) as table
  select environment, agent, session, permission, resource_type, resource_id, uses, denials,
    first_used_at, last_used_at, last_denied_at, attested,
    uses > 0 and last_used_at >= first_at and first_used_at < as_of as used_in_window,
    denials > 0 and last_denied_at >= first_at and first_denied_at < as_of as denied_in_window
  from permission_uses
  where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    and (first_used_at < as_of or first_denied_at < as_of)
    and greatest(last_used_at, last_denied_at) >= as_of - interval 400 days;

-- grain: one row per agent, permission and resource pattern ever held, and a row with the pattern null
-- for each permission used or refused outside of every grant
create or replace macro use_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select * from uses_of(ws, env, wanted, first_at, as_of)
  ),
  islands as (
    select * from islands_of(ws, env, wanted, as_of)
  ),
  keys as (
    select distinct environment, agent, permission, resource_pattern from islands
  ),
  objects as (
    select distinct environment, agent, permission, resource_type, resource_id from told
  ),
  covering as (
    select o.*, k.permission as held_permission, k.resource_pattern
    from objects o
    join keys k on k.environment = o.environment and k.agent = o.agent
      and covers(k.permission, o.permission)
      and covers_resource(k.resource_pattern, o.resource_type, o.resource_id)
  ),
  granted as (
    select t.* exclude (permission), t.permission as used_permission,
      c.held_permission as permission, c.resource_pattern
    from told t
    join covering c using (environment, agent, permission, resource_type, resource_id)
  ),
  known as (
    select t.environment, t.agent, t.session, t.permission, t.resource_type, t.resource_id,
      t.first_used_at, t.last_used_at
    from told t
    join covering c using (environment, agent, permission, resource_type, resource_id)
    join islands i on i.environment = c.environment and i.agent = c.agent
      and i.permission = c.held_permission and i.resource_pattern = c.resource_pattern
      and t.first_used_at >= i.held_since - interval 5 minutes
      and t.last_used_at <= i.ended_at + interval 5 minutes
    where t.used_in_window
  ),
  outside as (
    select t.* exclude (permission), t.permission as used_permission, t.permission,
      null::varchar as resource_pattern
    from told t
    where (t.used_in_window and not exists (
        select 1 from known k where k.environment = t.environment and k.agent = t.agent
          and k.session = t.session and k.permission = t.permission
          and k.resource_type = t.resource_type and k.resource_id = t.resource_id
          and k.first_used_at = t.first_used_at))
      or (t.denied_in_window and not exists (
        select 1 from covering c where c.environment = t.environment and c.agent = t.agent
          and c.permission = t.permission and c.resource_type = t.resource_type
          and c.resource_id = t.resource_id))
  )
  select environment, agent, permission, resource_pattern,
    coalesce(sum(uses) filter (where used_in_window), 0)::bigint as uses,
    count(distinct session) filter (where used_in_window) as sessions_with_use,
    count(distinct session) filter (where used_in_window and attested) as attested_sessions,
    count(distinct session) filter (where uses > 0 and attested) as history_sessions,
    coalesce(bool_or(uses > 0 and not attested), false) as unattested_use,
    coalesce(sum(denials) filter (where denied_in_window), 0)::bigint as denials,
    min(first_used_at) filter (where uses > 0) as first_used_at,
    max(last_used_at) filter (where uses > 0) as last_used_at,
    max(last_denied_at) as last_denied_at,
    list_sort(list_distinct(list(date_trunc('day', last_used_at)) filter (where uses > 0)))
      as use_days
  from (from granted union all by name from outside)
  group by environment, agent, permission, resource_pattern;

-- The longest time between two days of use, in days.
create or replace macro longest_gap_days(days) as
  coalesce(list_max(list_transform(range(2, len(days) + 1),
    lambda i: date_diff('day', days[i - 1], days[i]))), 0);
-- A permission used on some days and then not may be one of a cadence: how often its longest gap it must have been idle.
create or replace macro cadence_factor(days) as
  case len(days) when 3 then 5 when 4 then 3 when 5 then 2.5 else 2 end;

-- grain: one row per agent, permission and resource pattern, held, withdrawn or used outside of every grant
create or replace macro evidence_of(ws, env, wanted, first_at, as_of) as table
  with latest as (
    select * from islands_of(ws, env, wanted, as_of)
    qualify row_number() over (partition by environment, agent, permission, resource_pattern
      order by island desc) = 1
  ),
  systems as (
    select distinct environment, agent, system_of(permission) as system from latest
  ),
  used as (
    select * from use_of(ws, env, wanted, first_at, as_of)
  ),
  rows_of as (
    select l.environment, l.agent, l.permission, l.resource_pattern, l.held_now, l.held_since,
      l.granted_at, l.ended_at, l.granted_by, l.source_ref, true as ever_held,
      u.* exclude (environment, agent, permission, resource_pattern)
    from latest l
    left join used u using (environment, agent, permission, resource_pattern)
    union all by name
    select u.environment, u.agent, u.permission, '*' as resource_pattern, false as held_now,
      [] as granted_by, [] as source_ref, s.system is not null as system_known, false as ever_held,
      u.* exclude (environment, agent, permission, resource_pattern)
    from used u
    left join systems s on s.environment = u.environment and s.agent = u.agent
      and (s.system = system_of(u.permission) or s.system = '*')
    where u.resource_pattern is null
  )
  select r.*, k.risk, k.risk_source, b.blind_reason,
    coalesce(c.sessions_granted, 0) as sessions_granted,
    coalesce(c.n, 0)::bigint as n,
    floor(seconds_between(r.held_since, as_of) / 86400)::bigint as held_days,
    seconds_between(r.last_used_at, as_of) / 86400 as idle_days
  from rows_of r
  left join risks_of(ws) k on k.permission = r.permission
  left join chances_of(ws, env, wanted, first_at, as_of) c on c.environment = r.environment
    and c.agent = r.agent and c.permission = r.permission
    and c.resource_pattern = r.resource_pattern and r.ever_held
  left join blind_agents_of(ws, env, wanted, first_at, as_of) b
    on b.environment = r.environment and b.agent = r.agent;

-- grain: as evidence_of; the first rule that fits, by its number
create or replace macro judged_of(ws, env, wanted, first_at, as_of) as table
  select e.*, threshold_of(risk) as threshold, absence_bound(n) as bound,
    sessions_needed_of(risk) as sessions_needed, days_needed_of(risk) as days_needed,
    case
      when not ever_held and uses > 0 and system_known then 'used_not_granted'
      when not ever_held then 'grant_unknown'
      when not held_now and coalesce(sessions_with_use, 0) > 0 then 'used'
      when not held_now then 'withdrawn'
      when attested_sessions > 0
        and (history_sessions >= 3 or held_days < days_needed_of(risk)) then 'used'
      when blind_reason is not null then 'unobservable'
      when held_days < days_needed_of(risk) then 'too_young'
      when history_sessions between 1 and 2 and n >= 59 then 'rare'
      when unattested_use then 'unattested'
      when absence_bound(n) > threshold_of(risk) then 'small'
      when history_sessions > 0 and len(use_days) >= 3 and idle_days <= greatest(
        seconds_between(first_at, as_of) / 86400,
        cadence_factor(use_days) * longest_gap_days(use_days)) then 'cadence'
      else 'unused'
    end as rule
  from evidence_of(ws, env, wanted, first_at, as_of) e;

create or replace macro verdict_of(rule) as
  case when rule in ('withdrawn', 'unattested', 'small', 'cadence') then 'insufficient' else rule end;
create or replace macro percent(share) as
  case when share >= 0.1 then format('{:.0f} %', share * 100)
    when share >= 0.001 then format('{:.2f} %', share * 100)
    else format('{:.3f} %', share * 100) end;
create or replace macro verdict_reason_of(rule, uses, sessions, n, days, held, need_days, need_n,
    bound, blind, past, idle, days_used, ended) as
  case rule
    when 'used_not_granted' then format('{} uses in {} sessions that no known grant covered', uses, sessions)
    when 'grant_unknown' then format('{} uses in {} sessions; what grants it is not known', uses, sessions)
    when 'used' then format('{} uses in {} of {} sessions over {} days', uses, sessions, n, days)
    when 'withdrawn' then format('not held since {}', strftime(ended, '%Y-%m-%d'))
    when 'unobservable' then blind
    when 'too_young' then format('held for {} of {} days', held, need_days)
    when 'rare' then format('used in {} sessions ever, {} opportunities over {} days', past, n, days)
    when 'unattested' then 'used only by spans whose sender may not speak for this agent'
    when 'small' then format('0 uses in {} of {} sessions needed', n, need_n)
    when 'cadence' then format('used on {} days, idle for {:.0f} days: not yet longer than its rhythm', days_used, idle)
    else format('0 uses in {} sessions over {} days: at most {} of sessions need it', n, days, percent(bound))
  end;

-- grain: one row per agent: its surface in numbers
create or replace macro surface_weights_of(ws, env, wanted, first_at, as_of) as table
  with judged as (
    select environment, agent, rule, verdict_of(rule) as verdict, held_now, ever_held,
      held_now and held_since >= as_of - interval 7 days as is_new,
      weight_of(risk) as weight, coalesce(uses, 0) as uses
    from judged_of(ws, env, wanted, first_at, as_of)
  ),
  sums as (
    select environment, agent, bool_or(ever_held) as grants_known,
      count(*) filter (where held_now) as granted,
      count(*) filter (where uses > 0 and held_now) as used_held,
      count(*) filter (where uses > 0) as used_all,
      count(*) filter (where held_now and uses = 0) as unused,
      count(*) filter (where held_now and verdict = 'unused') as unused_proven,
      count(*) filter (where held_now and verdict in ('unobservable', 'too_young', 'insufficient'))
        as undetermined,
      count(*) filter (where verdict = 'used_not_granted') as used_not_granted,
      coalesce(sum(weight) filter (where held_now and uses = 0), 0)::bigint as unused_weight,
      coalesce(sum(weight) filter (where held_now), 0)::bigint as granted_weight,
      coalesce(sum(weight) filter (where held_now and verdict = 'unused'), 0)::bigint as proven_weight,
      coalesce(sum(weight) filter (where held_now
        and verdict in ('unused', 'unobservable', 'too_young', 'insufficient')), 0)::bigint
        as possible_weight,
      count(*) filter (where verdict = 'unobservable') as unobservable,
      count(*) filter (where is_new) as new_grants,
      count(*) filter (where is_new and weight = 10) as new_destructive_grants
    from judged group by environment, agent
  )
  select * exclude (used_held, used_all),
    case when grants_known then used_held else used_all end as used,
    case when granted_weight > 0 then 100 * proven_weight / granted_weight end as excess_index,
    case when granted_weight > 0 then 100 * possible_weight / granted_weight end as excess_index_max
  from sums;

create or replace macro listed_any(wanted, told) as
  wanted is null or list_has_any(coalesce(told, []), wanted);
create or replace macro unlisted_any(unwanted, told) as
  unwanted is null or not list_has_any(coalesce(told, []), unwanted);
-- The instant at the head of a sort key.
create or replace macro key_instant(key) as make_timestamp(split_part(key, chr(31), 1)::bigint);

-- grain: one row per decision, marked with whether its action followed: null where telemetry could not have seen it
create or replace macro decisions_of(ws, env, wanted, first_at, until_at) as table
  with acting as (
    select distinct environment, agent, system_of(permission) as system
    from permission_uses
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and uses > 0 and last_used_at >= first_at and first_used_at < until_at
  )
  select d.*, case when d.action_span_id is not null then true when a.system is not null then false end
      as executed
  from decisions d
  left join acting a on a.environment = d.environment and a.agent = d.agent
    and a.system = system_of(d.permission)
  where d.workspace = ws and (env is null or d.environment = env) and listed(wanted, d.agent)
    and d.occurred_at >= first_at and d.occurred_at < until_at;

-- grain: one row per session that began in [first, until)
create or replace macro session_rows_of(ws, env, wanted, named, first_at, until_at, now_at) as table
  with parts as (
    select environment, agent, session, max(user_id) as user_id, max(task_id) as task_id,
      max(goal) as goal, min(started_at) as started_at, max(last_span_at) as last_span_at,
      max(task_ended_at) as task_ended_at, sum(spans)::bigint as spans,
      sum(actions)::bigint as actions, sum(decisions)::bigint as decisions,
      sum(denials)::bigint as denials, arg_min(trace_id, started_at) as trace_id,
      count(distinct trace_id) as traces
    from session_parts
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and listed(named, session) and last_span_at >= first_at and started_at < until_at
    group by environment, agent, session
  )
  select * exclude (last_span_at, task_ended_at),
    coalesce(task_ended_at, last_span_at) as ended_at,
    task_ended_at is null and last_span_at > now_at - interval 30 minutes as open
  from parts
  where started_at >= first_at;

-- A bucket's width where none is asked for: some hundred buckets at most.
create or replace macro bucket_of(asked, first_at, until_at) as
  coalesce(asked, case
    when until_at - first_at <= interval 3 hours then 'minute'
    when until_at - first_at <= interval 4 days then 'hour'
    when until_at - first_at <= interval 400 days then 'day'
    else 'week' end);

create or replace macro session_tokens_n(ws, env, who, named) as (
  select count(distinct t.fingerprint) from token_events t
  where t.workspace = ws and t.environment = env and t.agent = who and t.session = named);
create or replace macro session_used_n(ws, env, who, named) as (
  select count(distinct u.permission) from permission_uses u
  where u.workspace = ws and u.environment = env and u.agent = who and u.session = named
    and u.uses > 0);
create or replace macro session_granted_n(ws, env, who, named, first_at, last_at) as (
  select count(distinct s.permission)
  from grants_until(ws, env, [who], last_at) g
  join surfaces s on s.workspace = ws and s.surface_hash = g.surface_hash
  where (g.kind = 'tool_list' and g.session = named) or (g.kind <> 'tool_list' and g.ended_at > first_at));

-- The clocks' skew that a use after a token's end is forgiven.
create or replace macro skew() as interval 5 seconds;

-- grain: one row per environment, agent and token alive in [first, as_of)
create or replace macro tokens_of(ws, env, wanted, first_at, as_of) as table
  with events as (
    select environment, agent, session, trace_id, fingerprint, event, type, issuer, audience,
      issued_at, expires_at, revoked_at, scopes, scopes_requested, uses, first_used_at, last_used_at
    from token_events
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and coalesce(issued_at, first_used_at, revoked_at, as_of - interval 1 microsecond) < as_of
  ),
  merged as (
    select environment, agent, fingerprint, min(issued_at) as issued_at,
      min(expires_at) as expires_at, min(revoked_at) as revoked_at,
      any_value(type) as type, any_value(issuer) as issuer, any_value(audience) as audience,
      arg_max(scopes, issued_at) as scopes, arg_max(scopes_requested, issued_at) as scopes_requested,
      arg_min(session, coalesce(issued_at, first_used_at)) as session,
      arg_min(trace_id, coalesce(issued_at, first_used_at)) as trace_id,
      sum(uses) filter (where event = 'used')::bigint as uses,
      min(first_used_at) as first_used_at, max(last_used_at) as last_used_at,
      count(distinct session) as sessions,
      list({f: first_used_at, l: last_used_at, n: uses}) filter (where event = 'used') as spells
    from events group by environment, agent, fingerprint
  ),
  ended as (
    select *, least(expires_at, revoked_at) as ended_at from merged
  ),
  served as (
    select environment, agent, session,
      coalesce(max(task_ended_at), max(last_span_at)) as session_ended_at
    from session_parts
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    group by environment, agent, session
  )
  select e.* exclude (spells), s.session_ended_at,
    seconds_between(issued_at, ended_at) as life_s,
    seconds_between(issued_at, last_used_at) as used_s,
    seconds_between(issued_at, last_used_at) / nullif(seconds_between(issued_at, ended_at), 0)
      as utilisation,
    seconds_between(coalesce(last_used_at, issued_at), ended_at) as idle_tail_s,
    greatest(0, seconds_between(s.session_ended_at, ended_at)) as task_overhang_s,
    coalesce(list_sum(list_transform(spells, lambda x: case
      when x.f > ended_at + skew() then x.n when x.l > ended_at + skew() then 1 else 0 end)), 0)::bigint
      as used_after_end
  from ended e
  left join served s using (environment, agent, session)
  where coalesce(ended_at, timestamp '9999-01-01') >= first_at or last_used_at >= first_at;

-- p99 from 299 ended tokens on, the maximum from 59, none below; never above the present life.
create or replace macro suggested_ttl(n, longest, p99, life) as
  case when n >= 59 then least(greatest(60, least(3600,
    1.25 * case when n >= 299 then p99 else longest end)), coalesce(life, 3600)) end;
create or replace macro in_token_view(view, late, ended, overhang, uses, revoked) as
  view is null or case view
    when 'used_after_end' then late > 0
    when 'never_end' then ended is null
    when 'outlived_session' then overhang > 5
    when 'never_used' then coalesce(uses, 0) = 0
    when 'revoked' then revoked is not null
    else false end;

-- grain: one row per agent, permission, resource pattern and day with uses or denials in [first, as_of);
-- what no grant ever named stands under the permission that was used, with the pattern *
create or replace macro use_days_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select environment, agent, permission, resource_type, resource_id,
      date_trunc('day', coalesce(last_used_at, last_denied_at)) as day,
      sum(case when last_used_at >= first_at and first_used_at < as_of then uses else 0 end)::bigint
        as uses,
      sum(case when last_denied_at >= first_at and first_denied_at < as_of then denials else 0 end)
        ::bigint as denials
    from permission_uses
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and greatest(last_used_at, last_denied_at) >= first_at
      and (first_used_at < as_of or first_denied_at < as_of)
    group by all
  ),
  keys as (
    select distinct environment, agent, permission, resource_pattern
    from islands_of(ws, env, wanted, as_of)
  )
  select t.environment, t.agent, coalesce(k.permission, t.permission) as permission,
    coalesce(k.resource_pattern, '*') as resource_pattern, t.day,
    sum(t.uses)::bigint as uses, sum(t.denials)::bigint as denials
  from told t
  left join keys k on k.environment = t.environment and k.agent = t.agent
    and covers(k.permission, t.permission)
    and covers_resource(k.resource_pattern, t.resource_type, t.resource_id)
  group by all;

-- Starts of the buckets that touch [first, until).
create or replace macro bucket_step(asked, first_at, until_at) as
  to_days(case bucket_of(asked, first_at, until_at) when 'week' then 7 when 'day' then 1 else 0 end)
  + to_minutes(case bucket_of(asked, first_at, until_at) when 'hour' then 60 when 'minute' then 1 else 0 end);
create or replace macro bucket_end(bucket, asked, first_at, until_at) as
  bucket + bucket_step(asked, first_at, until_at);
create or replace macro bucket_starts(asked, first_at, until_at) as table
  select unnest(generate_series(date_trunc(bucket_of(asked, first_at, until_at), first_at)::timestamp,
    until_at - interval 1 microsecond, bucket_step(asked, first_at, until_at))) as bucket_at;

-- grain: one row per span of these traces, with the agent of its nearest ancestor that names one
create or replace macro spans_of(ws, traces) as table
  with recursive mine as (
    select * from spans where workspace = ws and list_contains(traces, trace_id)
  ),
  upward as (
    select trace_id, span_id, agent, parent_span_id as above, 0 as depth from mine
    union all
    select u.trace_id, u.span_id, m.agent, m.parent_span_id, u.depth + 1
    from upward u
    join mine m on m.trace_id = u.trace_id and m.span_id = u.above
    where u.agent is null and u.depth < 64
  ),
  named as (
    select trace_id, span_id, max(agent) as agent from upward group by all
  ),
  alone as (
    select trace_id, min(agent) as agent from session_parts
    where workspace = ws and list_contains(traces, trace_id)
    group by trace_id having count(distinct agent) = 1
  )
  select trace_hex(m.trace_id) as trace_id, span_hex(m.span_id) as span_id,
    case when m.parent_span_id is not null then span_hex(m.parent_span_id) end as parent_span_id,
    m.name, m.fact, coalesce(n.agent, a.agent) as agent, m.started_at, m.ended_at, m.permission,
    m.tool, m.resource_type, m.resource_id, d.effect, d.reason, coalesce(d.rules, []) as rules,
    p.outcome as approval_outcome, m.denied, m.error_type, m.fingerprint
  from mine m
  left join named n using (trace_id, span_id)
  left join alone a using (trace_id)
  left join decision_spans d on d.workspace = ws and d.trace_id = m.trace_id and d.span_id = m.span_id
  left join approval_spans p on p.workspace = ws and p.trace_id = m.trace_id and p.span_id = m.span_id;
