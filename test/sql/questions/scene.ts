// Generated telemetry of one agent: so many sessions that hold these permissions and use some of them.
import type { Given } from './rows.ts';

/** The end of the window. */
export const UNTIL = Date.parse('2026-10-30T00:00:00Z');
export const HOUR = 3_600_000;
export const instant = (ms: number): string => new Date(ms).toISOString();

export interface Use {
  permission: string;
  /** In every nth session. */
  every: number;
  resource?: (session: number) => string;
}
export interface Scene {
  agent?: string;
  sessions: number;
  held: readonly string[];
  /** Where the grants are from; agents with the same one share it. */
  source_ref?: string;
  resource_pattern?: string;
  /** For so many days before the end. */
  held_days?: number;
  uses?: readonly Use[];
  goal?: (session: number) => string;
}

/** An agent's sessions, evenly over the 88 days before the end, all of them holding the same. */
export const scene = ({
  agent = 'a',
  sessions,
  held,
  source_ref = agent,
  resource_pattern = '*',
  held_days = 200,
  uses = [],
  goal,
}: Scene): Given => {
  const begins = (i: number): number => UNTIL - 88 * 24 * HOUR * (1 - i / sessions);
  const all = Array.from({ length: sessions }, (_, i) => i);
  return {
    session_parts: all.map((i) => ({
      agent,
      session: `s${i}`,
      started_at: instant(begins(i)),
      last_span_at: instant(begins(i) + 60_000),
      goal: goal?.(i) ?? null,
    })),
    surfaces: held.map((permission) => ({
      surface_hash: `h-${agent}`,
      permission,
      resource_pattern,
    })),
    grants: [
      {
        agent,
        kind: 'import',
        session: '',
        source: 'roles',
        source_ref,
        surface_hash: `h-${agent}`,
        granted_at: instant(UNTIL - held_days * 24 * HOUR),
      },
    ],
    permission_uses: uses.flatMap(({ permission, every, resource }) =>
      all
        .filter((i) => i % every === 0)
        .map((i) => ({
          agent,
          session: `s${i}`,
          permission,
          ...(resource === undefined ? {} : { resource_type: 'doc', resource_id: resource(i) }),
          first_used_at: instant(begins(i) + 1000),
          last_used_at: instant(begins(i) + 1000),
        })),
    ),
  };
};

/** The rows of all of them. */
export const together = (...givens: readonly Given[]): Given => {
  const all: Record<string, Record<string, unknown>[]> = {};
  for (const given of givens) {
    for (const [table, rows] of Object.entries(given)) (all[table] ??= []).push(...rows);
  }
  return all;
};
