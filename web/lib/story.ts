// What a session's figures say in sentences: wasted privilege, credentials that lingered, denials and their causes.
import type {
  AmbientRow,
  DecisionRow,
  SessionDetail,
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

/** Denials of a session with why, one for each permission and reason. */
export const denials = ({
  decisions,
}: SessionDetail): { key: string; row: DecisionRow; words: string; times: number }[] => {
  const found = new Map<string, { key: string; row: DecisionRow; words: string; times: number }>();
  for (const row of decisions) {
    // One in shadow is recorded and binds nobody.
    if (row.effect !== 'deny' || row.enforcement === 'shadow') continue;
    const key = [row.permission, row.reason, ...row.rules].join('\n');
    const known = found.get(key);
    if (known) known.times += 1;
    else found.set(key, { key, row, words: denialWords(row), times: 1 });
  }
  return [...found.values()].sort((a, b) => b.times - a.times);
};

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
