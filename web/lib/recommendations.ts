// Recommendations in words: kinds, states, what each number means, and what applying them takes off.
import type { AgentRow, RecommendationRow } from '../../server/api/contract.ts';
import { count } from './format.ts';
import type { Tone } from './words.ts';

type Kind = RecommendationRow['kind'];
type State = RecommendationRow['state'];

export const KINDS: Readonly<Record<Kind, { label: string; means: string }>> = {
  separate_identity: {
    label: 'Separate the identity',
    means: 'shared with a user or another agent, so nothing can be taken from one alone',
  },
  remove_permission: { label: 'Remove', means: 'held and proven unused' },
  narrow_permission: { label: 'Narrow to what was used', means: 'a wildcard wider than its use' },
  narrow_resource: { label: 'Narrow to resources', means: 'granted on more than was touched' },
  split_token: { label: 'One token a session', means: 'tokens that served several sessions' },
  shorten_ttl: { label: 'Shorten the life', means: 'tokens that live far longer than their use' },
  just_in_time: { label: 'Grant just in time', means: 'used too rarely to be held always' },
  task_scope: { label: 'Bind to goals', means: 'needed for some goals only' },
  raise_tier: { label: 'Ask first', means: 'heavy, and not yet proven needless' },
  lower_tier: { label: 'Ask no more', means: 'it only reads, and people always said yes' },
  cleanup: { label: 'Clean up', means: 'temporary things that were left' },
};

export const STATES: Readonly<Record<State, { label: string; tone: Tone; means: string }>> = {
  open: { label: 'open', tone: 'plain', means: 'nobody decided yet' },
  accepted: { label: 'accepted', tone: 'used', means: 'to be applied by its owner' },
  announced: { label: 'announced', tone: 'used', means: 'people have 7 days to object' },
  asked_first: { label: 'asked first', tone: 'ask', means: 'each use asks, for 14 days' },
  removed: { label: 'removed', tone: 'used', means: 'said to be applied; telemetry will tell' },
  verified: { label: 'verified', tone: 'ok', means: 'telemetry shows that it is gone' },
  regressed: { label: 'regressed', tone: 'deny', means: 'it was removed and is held again' },
  restored: { label: 'restored', tone: 'waste', means: 'it was needed, and given back' },
  dismissed: { label: 'dismissed', tone: 'plain', means: 'turned down for a time' },
  closed: { label: 'closed', tone: 'plain', means: 'the evidence is gone: it was used' },
};

/** A state as a proposal of this kind is in it: only what takes something away is removed. */
export const stateOf = ({ kind, state }: Pick<RecommendationRow, 'kind' | 'state'>) =>
  state === 'removed' && kind !== 'remove_permission'
    ? { ...STATES.removed, label: 'done' }
    : STATES[state];

/** States in which something is to be done still. */
export const TO_DO: readonly State[] = [
  'open',
  'accepted',
  'announced',
  'asked_first',
  'regressed',
];

export type ActState =
  'accepted' | 'announced' | 'asked_first' | 'removed' | 'restored' | 'dismissed';

export interface Act {
  readonly state: ActState;
  readonly label: string;
  /** Says what happens, and that nothing is applied by Footprint itself. */
  readonly means: string;
  readonly from: readonly State[];
}

/** What may be done, and from which states; the server holds to the same. */
export const ACTS: readonly Act[] = [
  {
    state: 'accepted',
    label: 'Accept',
    means: 'Says that it shall be done. Footprint changes no policy by itself.',
    from: ['open', 'dismissed', 'restored'],
  },
  {
    state: 'announced',
    label: 'Announce',
    means: 'Starts 7 days in which its owner can object. Nothing is taken yet.',
    from: ['open', 'accepted', 'restored'],
  },
  {
    state: 'asked_first',
    label: 'Ask first',
    means: 'Starts 14 days in which each use is asked for. A request shows that it is needed.',
    from: ['open', 'accepted', 'announced', 'restored'],
  },
  {
    state: 'removed',
    label: 'Mark as removed',
    means:
      'Says that the policy was changed. Telemetry then verifies it, or says that it regressed.',
    from: ['open', 'accepted', 'announced', 'asked_first', 'restored', 'regressed'],
  },
  {
    state: 'restored',
    label: 'Restore',
    means: 'Says that it was needed and is given back. Counted, so that later proposals need more.',
    from: ['asked_first', 'removed', 'verified', 'regressed'],
  },
  {
    state: 'dismissed',
    label: 'Dismiss',
    means: 'Turns it down for a time. It comes back when the days are over and it still holds.',
    from: ['open', 'accepted', 'announced', 'asked_first', 'restored'],
  },
];

/** Kinds after which a use may find itself refused, so that asking for it tells whether it is needed. */
const REFUSES: readonly Kind[] = [
  'remove_permission',
  'narrow_permission',
  'narrow_resource',
  'just_in_time',
  'task_scope',
];

/** What may be done about a proposal of this kind in this state, in words that fit the kind. */
export const actsFor = ({ kind, state }: Pick<RecommendationRow, 'kind' | 'state'>): Act[] =>
  ACTS.filter((one) => one.from.includes(state))
    .filter((one) => one.state !== 'asked_first' || REFUSES.includes(kind))
    .map((one) =>
      one.state === 'removed' && kind !== 'remove_permission'
        ? { ...one, label: 'Mark as done' }
        : one,
    );

const TITLES: Readonly<Record<Kind, (about: string) => string>> = {
  separate_identity: (about) =>
    about === 'user identity'
      ? 'Act as itself, not as its user'
      : `Separate the identities that hold ${about}`,
  remove_permission: (about) => `Remove ${about}`,
  narrow_permission: (about) => `Narrow ${about} to what was used`,
  narrow_resource: (about) => `Narrow ${about} to the resources it touched`,
  split_token: (about) => `One ${about} a session`,
  shorten_ttl: (about) => `Shorten the life of ${about}`,
  just_in_time: (about) => `Grant ${about} just in time`,
  task_scope: (about) => `Bind ${about} to its goals`,
  raise_tier: (about) => `Ask before ${about}`,
  lower_tier: (about) => `Ask no more before ${about}`,
  cleanup: (about) => `Clean up ${about}`,
};

/** "Remove mcp.tickets:export_customers". */
export const titleOf = (row: Pick<RecommendationRow, 'kind' | 'permission' | 'subject'>): string =>
  TITLES[row.kind](row.permission === '' ? row.subject : row.permission);

export const recommendationPath = (id: string): string =>
  `/recommendations/${encodeURIComponent(id)}`;

/** Index points, two telling digits: "9.1", "20", "0.42". */
export const points = (value: number): string =>
  value === 0 ? '0' : value >= 10 ? count(value) : value.toFixed(value >= 1 ? 1 : 2);

export interface Sum {
  readonly proposals: number;
  readonly weight_back: number;
  readonly weight_held: number;
  /** Points of the index of all agents together. */
  readonly points: number;
  readonly privilege_seconds: number;
}

/**
 * What applying all takes off the index: 100 × weight taken back ÷ weight held by the agents that are known.
 * A row's points are of its own agent's index, so they are brought back to weight before they are added.
 */
export const sumOf = (
  rows: readonly RecommendationRow[],
  agents: readonly Pick<AgentRow, 'agent' | 'environment' | 'granted_weight'>[],
): Sum => {
  const held = new Map(
    agents.map((one) => [`${one.environment}\n${one.agent}`, one.granted_weight]),
  );
  const weight_back = rows.reduce(
    (sum, row) =>
      sum + (row.index_reduction * (held.get(`${row.environment}\n${row.agent}`) ?? 0)) / 100,
    0,
  );
  const weight_held = agents.reduce((sum, one) => sum + one.granted_weight, 0);
  return {
    proposals: rows.length,
    weight_back,
    weight_held,
    points: weight_held === 0 ? 0 : (100 * weight_back) / weight_held,
    privilege_seconds: rows.reduce((sum, row) => sum + row.privilege_seconds, 0),
  };
};
