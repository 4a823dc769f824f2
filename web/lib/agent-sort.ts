// Orders of the agents' table; every one ends with the name, so that equal figures keep their places.
import type { ChangedAgent } from './agent-change.ts';

type Key = (row: ChangedAgent) => number | string;

const time = (instant: string | null): number => (instant === null ? 0 : Date.parse(instant));

/** Agents whose grants are unknown have no index and come after those that have one. */
const NONE = -1;

const KEYS = {
  agent: (row) => row.agent.toLowerCase(),
  unused_weight: (row) => (row.grants_known ? row.unused_weight : NONE),
  used: (row) => row.used,
  granted: (row) => (row.grants_known ? row.granted : NONE),
  unused_proven: (row) => (row.grants_known ? row.unused_proven : NONE),
  excess_index: (row) => row.excess_index ?? NONE,
  excess_index_7d: (row) => row.excess_index_7d ?? 0,
  sessions: (row) => row.sessions,
  last_seen_at: (row) => time(row.last_seen_at),
} satisfies Record<string, Key>;

export type AgentSort = keyof typeof KEYS;

export interface Order {
  readonly by: AgentSort;
  readonly descending: boolean;
}

/** Worst first. */
export const DEFAULT_ORDER: Order = { by: 'unused_weight', descending: true };

/** The order that `sort` in the address asks for: `name` or `-name`; anything else is the default. */
export const readOrder = (sort: string | null): Order => {
  if (sort === null) return DEFAULT_ORDER;
  const descending = sort.startsWith('-');
  const by = descending ? sort.slice(1) : sort;
  return Object.hasOwn(KEYS, by) ? { by: by as AgentSort, descending } : DEFAULT_ORDER;
};

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A sorted copy. */
export const sortAgents = (
  rows: readonly ChangedAgent[],
  { by, descending }: Order,
): ChangedAgent[] => {
  const key: Key = KEYS[by];
  const sign = descending ? -1 : 1;
  return rows.toSorted(
    (a, b) =>
      sign * compare(key(a), key(b)) ||
      compare(a.agent, b.agent) ||
      compare(a.environment, b.environment),
  );
};
