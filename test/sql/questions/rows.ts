// What a settled row holds where a case does not say: cases tell only what they are about.

/** Rows of settled tables by the table's name, as far as a case tells them. */
export type Given = Record<string, readonly Record<string, unknown>[]>;

type Told = Record<string, unknown>;

const at = (told: Told, ...names: string[]): unknown => {
  for (const name of names) if (told[name] !== undefined) return told[name];
  return '2026-10-01T12:00:00Z';
};

/** A trace of its own for each session, so that cases need not name any. */
const traceOf = (session: unknown): string => {
  let hash = 0n;
  for (const char of String(session))
    hash = (hash * 131n + BigInt(char.codePointAt(0) ?? 0)) % 2n ** 64n;
  const hex = hash.toString(16).padStart(32, '0');
  return [8, 12, 16, 20].reduceRight((text, i) => `${text.slice(0, i)}-${text.slice(i)}`, hex);
};

const base = (told: Told) => {
  const session = told['session'] ?? 's';
  return {
    workspace: 'default',
    environment: 'default',
    agent: 'a',
    session,
    trace_id: traceOf(session),
  };
};

export const DEFAULTS: Record<string, (told: Told) => Told> = {
  session_parts: (told) => ({
    ...base(told),
    session_told: true,
    started_at: at(told),
    last_span_at: at(told, 'started_at'),
    spans: 1,
    actions: 0,
    decisions: 0,
    denials: 0,
    errors: 0,
    sampled: false,
    attested: true,
    received_at: at(told, 'started_at'),
  }),
  permission_uses: (told) => ({
    ...base(told),
    resource_type: '',
    resource_id: '',
    used_via: '',
    uses: 1,
    undecided_uses: 0,
    failed_uses: 0,
    denials: 0,
    first_used_at: told['uses'] === 0 ? null : at(told, 'last_used_at'),
    last_used_at: told['uses'] === 0 ? null : at(told, 'first_used_at'),
    first_denied_at: told['denials'] === undefined ? null : at(told, 'last_denied_at'),
    last_denied_at: told['denials'] === undefined ? null : at(told, 'first_denied_at'),
    attested: true,
  }),
  grants: (told) => ({
    ...base(told),
    kind: 'tool_list',
    source: 'tools',
    source_ref: '',
    granted_at: at(told),
    ended_at: told['kind'] === undefined ? at(told, 'granted_at') : null,
  }),
  surfaces: () => ({ workspace: 'default', resource_pattern: '*' }),
  decisions: (told) => ({
    ...base(told),
    span_id: 1,
    decision_id: 'd',
    occurred_at: at(told),
    duration_ms: 1,
    effect: 'allow',
    cached: false,
  }),
  token_events: (told) => ({ ...base(told), event: 'issued', uses: 0 }),
  producer_parts: (told) => ({
    workspace: 'default',
    environment: 'default',
    agent: 'a',
    trace_id: traceOf(told['first_seq']),
    producer_id: 'p',
    spans: 1,
    last_seen_at: at(told),
  }),
  recommendation_states: (told) => ({
    workspace: 'default',
    recommendation_id: '1',
    kind: 'remove_permission',
    environment: 'default',
    agent: 'a',
    resource_pattern: '*',
    subject: '',
    state: 'removed',
    since: at(told),
    reason: '',
    actor: 'ann',
    digest: '',
    restores: 0,
  }),
  spans: (told) => ({
    ...base(told),
    agent: null,
    session: null,
    span_kind: 0,
    name: 'span',
    fact: 'other',
    dialect: 'footprint',
    started_at: at(told),
    ended_at: at(told, 'started_at'),
    received_at: at(told, 'started_at'),
    status_code: 0,
    denied: false,
    sampled: false,
    attested: true,
    journal_segment: 0,
    journal_offset: 0,
    journal_index: 0,
  }),
  decision_spans: (told) => ({
    workspace: 'default',
    trace_id: traceOf('s'),
    started_at: at(told),
    effect: 'allow',
    cached: false,
  }),
  approval_spans: (told) => ({
    workspace: 'default',
    trace_id: traceOf('s'),
    started_at: at(told),
    outcome: 'approved',
  }),
  resource_spans: (told) => ({
    workspace: 'default',
    trace_id: traceOf('s'),
    started_at: at(told),
    resource_type: 'bucket',
    event: 'made',
    failed: false,
  }),
  repeats: () => ({ workspace: 'default', environment: 'default', conflicts: 0 }),
  confirmations: () => ({
    workspace: 'default',
    environment: 'default',
    agent: 'a',
    reason: 'looked at',
    created_at: '2026-10-01T00:00:00Z',
  }),
  young_days: () => ({}),
  agent_owners: () => ({ workspace: 'default', environment: 'default', agent: 'a' }),
  pending_traces: (told) => ({ workspace: 'default', trace_id: traceOf('s'), ...told }),
};
