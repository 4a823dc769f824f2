// Places tokens as bars of life and use: as share of life, as age since issue, or by the clock.
import type { TokenRow } from '../../server/api/contract.ts';
import { toMillis } from './waterfall.ts';

/** What the horizontal axis counts. */
export type LifeAxis = 'life' | 'age' | 'clock';

/** A token's instants in ms since 1970; null where unknown or never. */
export type TokenTimes = {
  issued: number | null;
  end: number | null;
  expires: number | null;
  revoked: number | null;
  first_used: number | null;
  last_used: number | null;
  session_ended: number | null;
};

/** One bar in units of its axis; `open` where the token never ends. */
export type LifeBar = {
  fingerprint: string;
  from: number;
  to: number;
  open: boolean;
  /** False where the issue was never seen: the bar starts at its first use. */
  issue_known: boolean;
  used_to: number | null;
  session_end: number | null;
  /** Used after its session ended. */
  late: boolean;
  /** Used after its own end. */
  after_end: boolean;
  revoked: number | null;
};

/** On the share axis what lies past the end is drawn here: just outside, whatever the distance. */
const PAST_END = 1.04;

/** Shortest age in seconds on the logarithmic age axis; shorter ones sit at its left edge. */
export const AGE_FLOOR_S = 1;

/** The bars of the tokens that can be placed, and the axis they need; `now` in ms ends the open ones. */
export function lifeBars(
  tokens: readonly TokenRow[],
  axis: LifeAxis,
  now: number,
): { bars: LifeBar[]; domain: [number, number] } {
  const bars = tokens.map((token) => toBar(token, axis, now));
  if (axis === 'life') return { bars, domain: [0, 1] };
  const placed = bars.filter((bar) => bar.to > bar.from || bar.used_to !== null);
  const ends = placed.flatMap((bar) => [bar.to, bar.used_to ?? bar.to]);
  const last = Math.max(...ends, axis === 'age' ? 60 : -Infinity);
  if (axis === 'age') return { bars, domain: [AGE_FLOOR_S, last] };
  const first = Math.min(...placed.map((bar) => bar.from));
  if (!Number.isFinite(first)) return { bars, domain: [now - 1000, now] };
  return { bars, domain: [first, Math.max(last, first + 1000)] };
}

/** A token's instants, the end being the earlier of expiry and revocation. */
export function tokenTimes(token: TokenRow): TokenTimes {
  const at = (instant: string | null) => (instant === null ? null : toMillis(instant));
  const expires = at(token.expires_at);
  const revoked = at(token.revoked_at);
  return {
    issued: at(token.issued_at),
    end: expires === null ? revoked : Math.min(expires, revoked ?? expires),
    expires,
    revoked,
    first_used: at(token.first_used_at),
    last_used: at(token.last_used_at),
    session_ended: at(token.session_ended_at),
  };
}

function toBar(token: TokenRow, axis: LifeAxis, now: number): LifeBar {
  const times = tokenTimes(token);
  const start = times.issued ?? times.first_used ?? times.end ?? now;
  const end = Math.max(times.end ?? Math.max(now, times.last_used ?? now), start);
  const whole = Math.max(end - start, 1);
  const place = (instant: number): number => {
    if (axis === 'clock') return instant;
    if (axis === 'age') return Math.max(0, instant - start) / 1000;
    return instant > end ? PAST_END : Math.max(0, (instant - start) / whole);
  };
  const late = times.session_ended !== null && (times.last_used ?? -Infinity) > times.session_ended;
  return {
    fingerprint: token.fingerprint,
    from: place(start),
    to: place(end),
    open: times.end === null,
    issue_known: times.issued !== null,
    used_to: times.last_used === null ? null : place(times.last_used),
    session_end: times.session_ended === null ? null : place(times.session_ended),
    late,
    after_end: token.used_after_end > 0,
    revoked: times.revoked === null ? null : place(times.revoked),
  };
}
