// Query parameters: every name a route takes, how it is read, and what stands in the OpenAPI document of it.
import { createHmac } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { Param } from '../store/store.ts';

/** Longest value of one parameter: permissions and resource ids are shorter. */
const VALUE_LENGTH_MAX = 1000;
/** A cursor carries the sort key of a row, so it may hold an agent-chosen text of that length. */
const CURSOR_LENGTH_MAX = 8000;
const CURSOR_FAULT = 'must be a cursor that this list gave';
/** 64 bits of a keyed hash: nobody guesses them in the time that a cursor is good for anything. */
const CHECK_DIGITS = 16;
/** Values of one repeated filter; the pages offer far fewer. */
const VALUES_MAX = 100;
/** Rows of a page where none is asked for, and at most (the limit of the design). */
export const LIMIT_DEFAULT = 1000;
export const LIMIT_MAX = 10_000;
/** The window where none is asked for. */
const WINDOW_DEFAULT_MS = 90 * 24 * 3600 * 1000;

const BUCKETS = ['minute', 'hour', 'day', 'week'] as const;
const TOKEN_VIEWS = [
  'used_after_end',
  'never_end',
  'outlived_session',
  'never_used',
  'revoked',
] as const;
const TOKEN_ORDERS = ['idle_tail', 'issued'] as const;
const FORMATS = ['json', 'csv', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

interface Kind {
  /** True where the parameter may be repeated, and one of its values must match. */
  many?: boolean;
  text: string;
  schema: Readonly<Record<string, unknown>>;
  /** The value to bind, or a sentence that says what it must be. */
  read: (text: string) => { value: Param } | { fault: string };
}

const asText = (text: string): { value: Param } | { fault: string } =>
  text.length > VALUE_LENGTH_MAX
    ? { fault: `must have at most ${VALUE_LENGTH_MAX} characters` }
    : text.includes('\0')
      ? { fault: 'must not contain NUL' }
      : { value: text };
const one = (text: string): Kind => ({ text, schema: { type: 'string' }, read: asText });
const many = (text: string): Kind => ({
  many: true,
  text,
  schema: { type: 'array', items: { type: 'string' } },
  read: asText,
});
const flag = (text: string): Kind => ({
  text,
  schema: { type: 'boolean' },
  read: (told) =>
    told === 'true' || told === 'false'
      ? { value: told === 'true' }
      : { fault: 'must be true or false' },
});
const among = (values: readonly string[], text: string): Kind => ({
  text,
  schema: { type: 'string', enum: values },
  read: (told) =>
    values.includes(told) ? { value: told } : { fault: `must be one of ${values.join(', ')}` },
});

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.(\d{1,9}))?)?(?:Z|[+-]\d{2}:\d{2})$/i;

/** An RFC 3339 instant brought to UTC with microseconds, or null. */
export const toInstant = (text: string): string | null => {
  const match = INSTANT.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(text.toUpperCase());
  if (Number.isNaN(ms)) return null;
  const fraction = (match?.[1] ?? '').padEnd(6, '0').slice(0, 6);
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction}Z`;
};

const instant = (text: string): Kind => ({
  text,
  schema: { type: 'string', format: 'date-time' },
  read: (told) => {
    const value = toInstant(told);
    return value === null ? { fault: 'must be an instant' } : { value };
  },
});

/** Every parameter that some route takes, by name. */
export const PARAMS = {
  environment: one('one environment'),
  agent: many('these agents'),
  not_agent: many('all but these agents'),
  permission: many('these permissions'),
  not_permission: many('all but these permissions'),
  effect: many('these effects'),
  not_effect: many('all but these effects'),
  engine: many('these policy engines'),
  not_engine: many('all but these policy engines'),
  enforcement: many('these ways of enforcement'),
  not_enforcement: many('all but these ways of enforcement'),
  policy: many('these policies'),
  not_policy: many('all but these policies'),
  user: many('these users'),
  not_user: many('all but these users'),
  session: many('these sessions'),
  not_session: many('all but these sessions'),
  resource_type: many('these kinds of resource'),
  not_resource_type: many('all but these kinds of resource'),
  resource_id: many('these resources'),
  not_resource_id: many('all but these resources'),
  tier: many('these tiers of approval'),
  not_tier: many('all but these tiers of approval'),
  approval_outcome: many('these outcomes of approval'),
  rule: many('decided by any of these rules'),
  not_rule: many('decided by none of these rules'),
  reason: many('these reasons'),
  not_reason: many('all but these reasons'),
  decision_id: many('these decisions'),
  trace_id: many('of these traces'),
  fingerprint: many('these tokens'),
  not_fingerprint: many('all but these tokens'),
  type: many('these types'),
  not_type: many('all but these types'),
  issuer: many('these issuers'),
  scope: many('with any of these scopes'),
  task_id: many('these tasks'),
  goal: many('these goals'),
  owner: many('these owners'),
  verdict: many('these verdicts'),
  not_verdict: many('all but these verdicts'),
  risk: many('these risks'),
  not_risk: many('all but these risks'),
  kind: many('these kinds'),
  not_kind: many('all but these kinds'),
  state: many('in these states'),
  not_state: many('in all but these states'),
  recommendation_id: many('these recommendations'),
  granted: flag('held now, or not'),
  grants_known: flag('some source tells what the agent holds, or none does'),
  held_from: instant('held since this instant or later'),
  executed: flag('the action was executed, or not'),
  used_after_end: flag('used after its end, or not'),
  never_ends: flag('without an end, or with one'),
  view: among(TOKEN_VIEWS, 'tokens of one kind'),
  open: flag('still open, or not'),
  search: one('text that must occur'),
  matching: one('text in the permission, its verdict or its risk'),
  bucket: among(BUCKETS, 'width of a bucket of time'),
  sort: among(TOKEN_ORDERS, 'the order of tokens'),
  since: instant('first instant counted; 90 days before `until` where it is left out'),
  until: instant('first instant not counted; now where it is left out'),
  cursor: {
    text: '`next_cursor` of the page before',
    schema: { type: 'string' },
    read: (told) =>
      told.length > CURSOR_LENGTH_MAX || !/^[A-Za-z0-9_-]+$/.test(told)
        ? { fault: CURSOR_FAULT }
        : { value: told },
  },
  limit: {
    text: `rows of a page, at most ${LIMIT_MAX}`,
    schema: { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT },
    read: (told) =>
      /^\d{1,6}$/.test(told) && Number(told) >= 1 && Number(told) <= LIMIT_MAX
        ? { value: Number(told) }
        : { fault: `must be a whole number between 1 and ${LIMIT_MAX}` },
  },
  format: among(FORMATS, 'csv and jsonl stream the whole filtered set'),
} satisfies Record<string, Kind>;

export type ParamName = keyof typeof PARAMS;
const isName = (name: string): name is ParamName => Object.hasOwn(PARAMS, name);
export const PARAM_NAMES = Object.keys(PARAMS).filter((name): name is ParamName => isName(name));

/** Read values by name; a filter that may be repeated is always a list. */
export type Values = Partial<Record<ParamName, Param | Param[]>>;

/**
 * The parameters of a request's URL.
 * Throws AppError `bad_param` for a name that the route does not take and for a value that cannot be read.
 */
export const readParams = (url: string, takes: readonly ParamName[]): Values => {
  const values: Values = {};
  for (const [name, text] of new URL(url).searchParams) {
    if (!isName(name) || !takes.includes(name)) {
      throw new AppError(
        'bad_param',
        `param ${JSON.stringify(name.slice(0, 100))} is unknown here; this route takes ${takes.join(', ') || 'none'}`,
        { param: name },
      );
    }
    const kind: Kind = PARAMS[name];
    const answer = kind.read(text);
    if ('fault' in answer) throw badParam(name, answer.fault, text);
    const before = values[name];
    if (kind.many === true) {
      const list = Array.isArray(before) ? before : [];
      if (list.length >= VALUES_MAX) throw badParam(name, `may occur ${VALUES_MAX} times`, text);
      values[name] = [...list, answer.value];
    } else {
      if (before !== undefined) throw badParam(name, 'may occur once', text);
      values[name] = answer.value;
    }
  }
  return values;
};

export const badParam = (name: string, fault: string, got: string): AppError =>
  new AppError('bad_param', `param "${name}" ${fault}, got ${JSON.stringify(got.slice(0, 100))}`, {
    param: name,
  });

/** The half-open window asked for, its defaults filled in. Throws `bad_param` where it is empty. */
export const windowOf = (values: Values, now: number): { since: string; until: string } => {
  const until = typeof values.until === 'string' ? values.until : new Date(now).toISOString();
  const since =
    typeof values.since === 'string'
      ? values.since
      : new Date(Date.parse(until) - WINDOW_DEFAULT_MS).toISOString();
  if (Date.parse(since) >= Date.parse(until)) {
    throw badParam('since', `must be before "until" (${until})`, since);
  }
  return { since, until };
};

/** A row's key as a text for URLs, sealed with the server's key as one of this question's. */
export const closeCursor = (seal: Uint8Array, query: string, key: string): string =>
  Buffer.from(`${checkOf(seal, query, key)}${key}`, 'utf8').toString('base64url');

/** The key in a cursor. Throws AppError `bad_param` where this server never gave it for this question. */
export const openCursor = (seal: Uint8Array, query: string, cursor: string): string => {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const key = text.slice(CHECK_DIGITS);
  if (text.slice(0, CHECK_DIGITS) === checkOf(seal, query, key)) return key;
  throw badParam('cursor', CURSOR_FAULT, cursor);
};

/** Keeps a mangled or made-up cursor, or one of another list, from reaching a question as a place. */
const checkOf = (seal: Uint8Array, query: string, key: string): string =>
  createHmac('sha256', seal).update(`${query}\n${key}`).digest('hex').slice(0, CHECK_DIGITS);

/** The OpenAPI parameter objects of a route. */
export const describeParams = (takes: readonly ParamName[]) =>
  takes.map((name) => {
    const kind: Kind = PARAMS[name];
    return {
      name,
      in: 'query' as const,
      required: false,
      description: kind.text,
      schema: { ...kind.schema },
      ...(kind.many === true ? { style: 'form' as const, explode: true } : {}),
    };
  });
