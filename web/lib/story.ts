// What a session's figures say in sentences: wasted privilege, credentials that lingered, denials and their causes.
import type {
  AmbientRow,
  DecisionRow,
  ResourceRow,
  SessionDetail,
  SpanRow,
  TokenRow,
} from '../../server/api/contract.ts';
import { count, counted, duration, percent } from './format.ts';
import { plain } from './marks.ts';

/** Privilege-seconds of a session as a sentence. */
export const wasted = ({ privilege }: SessionDetail): string => {
  const { used, wasted: waste, idle, held_s, peak } = privilege;
  if (peak === 0) return 'No grant is known for this session, so nothing can be said of waste.';
  const held = used + waste;
  const share = held === 0 ? '' : `${percent(waste / held)} wasted: `;
  const after = idle < 1 ? '' : `; ${count(Math.round(idle))} privilege-seconds more after its end`;
  return `${share}up to weight ${count(peak)} held for ${duration(held_s)}${after}.`;
};

/** A token that was held, unused, through much of its session. */
export interface Ambient {
  readonly fingerprint: string;
  readonly words: string;
}

/** The tokens last used early and held on, the longest idle first. */
export const ambientTokens = ({ ambient, tokens }: SessionDetail): Ambient[] =>
  ambient.map((row) => ({
    fingerprint: row.fingerprint,
    words: ambientWords(
      row,
      tokens.find(({ fingerprint }) => fingerprint === row.fingerprint),
    ),
  }));

/** One denial's place and permission; of several alike the first's. */
export interface Denial {
  readonly key: string;
  readonly row: Pick<DecisionRow, 'permission' | 'trace_id' | 'span_id'>;
  readonly words: string;
  times: number;
}

/** Denials of a session with why, one for each permission and reason: decisions, and actions refused without one. */
export const denials = (detail: SessionDetail): Denial[] => {
  const found = new Map<string, Denial>();
  const add = (row: Denial['row'], words: string): void => {
    const key = `${row.permission}\n${words}`;
    const known = found.get(key);
    if (known) known.times += 1;
    else found.set(key, { key, row, words, times: 1 });
  };
  for (const row of detail.decisions) if (refuses(row)) add(row, denialWords(row));
  for (const span of refusedAlone(detail)) add(span, refusedWords(span));
  return [...found.values()].sort((a, b) => b.times - a.times);
};

/** As settling counts them: a shadow or fail-open deny stops nothing. */
const refuses = (row: DecisionRow): boolean =>
  row.enforcement !== 'shadow' &&
  row.enforcement !== 'fail_open' &&
  (row.effect === 'deny' ||
    (row.effect === 'require_approval' && row.approval_outcome === 'denied'));

/**
 * Actions refused where they ran. Spans below another refused one tell of the same action, and one whose decision
 * refused it is told there: each decision tells of one action that began no earlier in its trace.
 */
const refusedAlone = ({ decisions, spans }: SessionDetail): SpanRow[] => {
  const refused = spans.filter((span) => span.fact === 'action' && span.denied);
  const inside = new Set(refused.map(({ trace_id, span_id }) => `${trace_id}/${span_id}`));
  const told = new Set<DecisionRow>();
  return refused.filter((span) => {
    if (inside.has(`${span.trace_id}/${span.parent_span_id ?? ''}`)) return false;
    const decision = decisions.find(
      (row) =>
        !told.has(row) &&
        refuses(row) &&
        row.trace_id === span.trace_id &&
        row.permission === span.permission &&
        row.occurred_at <= span.ended_at,
    );
    if (decision === undefined) return true;
    told.add(decision);
    return false;
  });
};

const refusedWords = ({ error_type }: SpanRow): string =>
  error_type === null ? 'refused where it ran' : `refused where it ran, as ${plain(error_type)}`;

const ambientWords = (row: AmbientRow, token: TokenRow | undefined): string => {
  const [first, second, ...more] = (token?.scopes ?? []).map(plain);
  const name = [
    [first ?? token?.type ?? 'token', ...(second === undefined ? [] : [second])].join(', '),
    ...(more.length === 0 ? [] : [`and ${counted(more.length, 'more scope')}`]),
  ].join(' ');
  const used =
    row.last_used_s === null ? 'never used' : `last used ${duration(row.last_used_s)} in`;
  const rest = `alive through ${duration(row.idle_s)} more of the session`;
  if (row.outlived_s === null) return `${name}: ${used}, ${rest}, and never ends`;
  return `${name}: ${used}, ${rest}${row.outlived_s > 1 ? ` and ${duration(row.outlived_s)} after` : ''}`;
};

const denialWords = (row: DecisionRow): string => {
  const reason = row.reason === 'default_deny' ? 'no policy permits it (default_deny)' : row.reason;
  const cause = row.rules.length > 0 ? row.rules.join(', ') : (reason ?? 'no reason told');
  const version = row.policy_version === null ? '' : `, version ${row.policy_version.slice(0, 8)}`;
  const asked = row.approval_outcome === null ? '' : `; approval ${row.approval_outcome}`;
  return `${plain(cause)} in ${row.environment}${plain(version)}${asked}`;
};

/** What a session made for its task and what became of it: what is left first. */
export const leftovers = ({ resources }: SessionDetail): ResourceRow[] =>
  [...resources].sort((a, b) => LEFT_FIRST.indexOf(a.state) - LEFT_FIRST.indexOf(b.state));

const LEFT_FIRST: readonly ResourceRow['state'][] = ['left', 'held', 'expired', 'removed'];

/** "left behind: failed at its task's end". */
export const resourceWords = ({ state, outcome, trigger }: ResourceRow): string => {
  const how = trigger === null ? '' : ` (${plain(trigger.replaceAll('_', ' '))})`;
  if (state === 'removed')
    return `${outcome === 'already_absent' ? 'was gone already' : 'removed'}${how}`;
  if (state === 'held') return 'held while the session goes on';
  if (state === 'expired') return 'ended by itself';
  return outcome === null
    ? 'left behind: nothing removed it'
    : `left behind: ${plain(outcome)}${how}`;
};
