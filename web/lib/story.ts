// What a session's figures say in sentences: wasted privilege, credentials that lingered, denials and their causes.
import { privilegeSeconds } from '../charts/steps.ts';
import { tokenTimes } from '../charts/lifetimes.ts';
import { toMillis } from '../charts/waterfall.ts';
import type { DecisionRow, SessionDetail, TokenRow } from '../../server/api/contract.ts';
import { count, counted, duration, percent } from './format.ts';
import { plain } from './marks.ts';

/** A token counts as ambient where it lived on, unused, through this share of its session's rest. */
const AMBIENT_SHARE = 0.25;

/** Privilege-seconds of a session as a sentence. */
export const wasted = ({ session, steps }: SessionDetail): string => {
  const sum = privilegeSeconds(steps, toMillis(session.ended_at));
  if (sum.held === 0) return 'No grant is known for this session, so nothing can be said of waste.';
  const share = Math.max(0, 1 - sum.used / sum.held);
  const held = `weight ${count(sum.peak)} held for ${duration(sum.held_s)}`;
  const most = Math.max(0, ...steps.map((step) => step.used));
  const used = most === 0 ? 'none of it used' : `at most ${count(most)} of it used`;
  return `${percent(share)} wasted: ${held}, ${used}.`;
};

/** A token that was held, unused, through much of its session. */
export interface Ambient {
  readonly fingerprint: string;
  readonly words: string;
}

/** The tokens last used early and held on, the longest idle first. */
export const ambientTokens = ({ session, tokens }: SessionDetail): Ambient[] => {
  const start = toMillis(session.started_at);
  const end = toMillis(session.ended_at);
  return tokens
    .map((token) => ({ token, idle: idleWithin(token, start, end) }))
    .filter(({ idle }) => idle >= AMBIENT_SHARE * (end - start) && idle > 0)
    .sort((a, b) => b.idle - a.idle)
    .map(({ token, idle }) => ({
      fingerprint: token.fingerprint,
      words: ambientWords(token, { start, end, idle }),
    }));
};

/** Denials of a session with why, one for each permission and reason. */
export const denials = ({
  decisions,
}: SessionDetail): { key: string; row: DecisionRow; words: string; times: number }[] => {
  const found = new Map<string, { key: string; row: DecisionRow; words: string; times: number }>();
  for (const row of decisions) {
    if (row.effect !== 'deny') continue;
    const key = [row.permission, row.reason, ...row.rules].join('\n');
    const known = found.get(key);
    if (known) known.times += 1;
    else found.set(key, { key, row, words: denialWords(row), times: 1 });
  }
  return [...found.values()].sort((a, b) => b.times - a.times);
};

const idleWithin = (token: TokenRow, start: number, end: number): number => {
  const times = tokenTimes(token);
  const from = Math.max(start, times.last_used ?? times.issued ?? start);
  return Math.max(0, Math.min(end, times.end ?? end) - from);
};

const ambientWords = (
  token: TokenRow,
  { start, end, idle }: { start: number; end: number; idle: number },
): string => {
  const times = tokenTimes(token);
  const [first, second, ...more] = token.scopes.map(plain);
  const name = [
    [first ?? token.type ?? 'token', ...(second === undefined ? [] : [second])].join(', '),
    ...(more.length === 0 ? [] : [`and ${counted(more.length, 'more scope')}`]),
  ].join(' ');
  const used =
    times.last_used === null
      ? 'never used'
      : `last used ${duration(Math.max(0, times.last_used - start) / 1000)} in`;
  const rest = `alive through ${duration(idle / 1000)} more of the session`;
  if (times.end === null) return `${name}: ${used}, ${rest}, and never ends`;
  const after = times.end - end;
  return `${name}: ${used}, ${rest}${after > 1000 ? ` and ${duration(after / 1000)} after` : ''}`;
};

const denialWords = (row: DecisionRow): string => {
  const reason = row.reason === 'default_deny' ? 'no policy permits it (default_deny)' : row.reason;
  const cause = row.rules.length > 0 ? row.rules.join(', ') : (reason ?? 'no reason told');
  const version = row.policy_version === null ? '' : `, version ${row.policy_version.slice(0, 8)}`;
  const asked = row.approval_outcome === null ? '' : `; approval ${row.approval_outcome}`;
  return `${plain(cause)} in ${row.environment}${plain(version)}${asked}`;
};
