// Tokens as lanes over a session's time axis: when each was alive, and when it was last of use.
import type { TokenRow } from '../../server/api/contract.ts';
import { tokenTimes } from './lifetimes.ts';

/** One token; instants in ms since 1970, `to_ms` null where it never ends. */
export type TokenLane = {
  fingerprint: string;
  label: string;
  from_ms: number | null;
  to_ms: number | null;
  last_used_ms: number | null;
  revoked: boolean;
  /** Life after the last use, in seconds; null where it never ends. */
  idle_s: number | null;
};

/** Lanes in order of issue, those never seen issued first. */
export function tokenLanes(tokens: readonly TokenRow[]): TokenLane[] {
  return tokens
    .map((token) => {
      const times = tokenTimes(token);
      const from = times.issued ?? times.first_used;
      return {
        fingerprint: token.fingerprint,
        label: token.scopes.length > 0 ? token.scopes.join(', ') : (token.type ?? 'token'),
        from_ms: from,
        to_ms: times.end,
        last_used_ms: times.last_used,
        revoked: times.revoked !== null,
        idle_s:
          times.end === null
            ? null
            : Math.max(0, times.end - (times.last_used ?? from ?? 0)) / 1000,
      };
    })
    .sort(
      (a, b) => (a.from_ms ?? 0) - (b.from_ms ?? 0) || a.fingerprint.localeCompare(b.fingerprint),
    );
}
