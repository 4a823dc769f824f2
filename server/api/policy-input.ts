// What an agent is to hold once proposals are applied: its grants now, less and narrower, as the policy formats read it.
import { AppError } from '../errors.ts';
import { covers } from '../policy/pattern.ts';
import type { Change, Held, PolicyInput } from '../policy/types.ts';
import type { Row } from '../store/store.ts';
import { textOf } from './cells.ts';
import type { ApiOptions } from './context.ts';
import { QUERY_TIMEOUT_MS, steppedNow } from './list.ts';
import { proposalsOf, type Place } from './recommendation-one.ts';

const WINDOW_MS = 90 * 24 * 3_600_000;
/** As many as a policy is written of at most. */
const PERMISSIONS_MAX = 10_000;
/** Of `raise_tier`: one person decides. */
const ASKED_TIER = 'single';
/** States in which a proposal is not to be applied: somebody or telemetry said that it shall stay. */
const NOT_APPLIED: readonly string[] = ['dismissed', 'restored', 'closed'];

/** All proposals for one agent that nobody turned down. */
export const proposalsFor = async (api: ApiOptions, place: Place): Promise<Row[]> => {
  const rows = await proposalsOf(api, place, { limit: PERMISSIONS_MAX });
  return rows.filter((row) => !NOT_APPLIED.includes(textOf(row, 'state')));
};

/** The agent's surface now, and with these proposals applied. Throws AppError `not_found` for an agent that holds nothing. */
export const policyInput = async (
  api: ApiOptions,
  place: Place,
  proposals: readonly Row[],
): Promise<{ now: PolicyInput; then: PolicyInput }> => {
  const surface = await surfaceOf(api, place);
  const held = surface.filter((row) => row['granted'] === true);
  const { agent, environment } = place;
  if (held.length === 0 && proposals.length === 0) {
    throw new AppError('not_found', `nothing is known to be held by ${agent} in ${environment}`);
  }
  const told = proposals.filter((row) => changes(row));
  const about = {
    agent,
    environment,
    made_at: new Date(steppedNow(api.now())).toISOString(),
    known: [...new Set(surface.map((row) => textOf(row, 'permission')))].filter(
      (permission) => !permission.includes('*'),
    ),
  };
  return {
    now: { ...about, held: unique(held.flatMap((row) => apply(row, []))), changes: [] },
    then: {
      ...about,
      held: unique(held.flatMap((row) => apply(row, told))),
      changes: told.map(changeOf),
    },
  };
};

const surfaceOf = (api: ApiOptions, place: Place): Promise<Row[]> => {
  const now = steppedNow(api.now());
  const params: Record<string, string | number | null> = {};
  for (const declared of api.declared('surface').keys()) params[declared] = null;
  return api.store.ask({
    name: 'surface',
    params: {
      ...params,
      workspace: place.workspace,
      environment: place.environment,
      agent: JSON.stringify([place.agent]),
      since: new Date(now - WINDOW_MS).toISOString(),
      until: new Date(now).toISOString(),
      now: new Date(now).toISOString(),
      limit: PERMISSIONS_MAX,
    },
    timeout_ms: QUERY_TIMEOUT_MS,
  });
};

/**
 * Whether a policy can say it: tokens and identities are no permissions, what a lower tier asks is the policy's own, and
 * nothing but what a pattern covers as it stands is narrower than it.
 */
export const changes = (row: Row): boolean => {
  const kind = textOf(row, 'kind');
  const within = textOf(row, 'resource_pattern');
  return (
    textOf(row, 'permission') !== '' &&
    !['lower_tier', 'cleanup'].includes(kind) &&
    (kind !== 'narrow_resource' || proposedOf(row).every((one) => covers(within, one)))
  );
};

const proposedOf = (row: Row): string[] => {
  const cell = row['proposed'];
  return Array.isArray(cell) ? cell.map(String) : [];
};

const changeOf = (row: Row): Change => ({
  permission: textOf(row, 'permission'),
  resource_pattern: textOf(row, 'resource_pattern'),
  recommendation: textOf(row, 'recommendation_id'),
  kind: textOf(row, 'kind'),
  evidence: textOf(row, 'evidence'),
});

/** What is left of one grant. */
const apply = (row: Row, proposals: readonly Row[]): Held[] => {
  const permission = textOf(row, 'permission');
  const resource_pattern = textOf(row, 'resource_pattern');
  let left: Held[] = [{ permission, resource_pattern }];
  for (const one of proposals) {
    const same = textOf(one, 'permission') === permission;
    if (same && textOf(one, 'resource_pattern') === resource_pattern) left = step(left, one);
  }
  return left;
};

const step = (left: readonly Held[], proposal: Row): Held[] => {
  const proposed = proposedOf(proposal);
  switch (textOf(proposal, 'kind')) {
    case 'remove_permission':
    case 'separate_identity':
      return [];
    case 'narrow_permission':
      return left.flatMap((one) => proposed.map((permission) => ({ ...one, permission })));
    case 'narrow_resource':
      return left.flatMap((one) =>
        proposed.map((pattern) => ({ ...one, resource_pattern: pattern })),
      );
    case 'just_in_time':
      return left.map((one) => ({ ...one, just_in_time: true }));
    case 'task_scope':
      return proposed.length === 0 ? [...left] : left.map((one) => ({ ...one, goals: proposed }));
    case 'raise_tier':
      return left.map((one) => ({ ...one, ask_first: proposed[0] ?? ASKED_TIER }));
    default:
      return [...left];
  }
};

/** One entry for a permission and resource; what is held without a condition is held. */
const unique = (held: readonly Held[]): Held[] => {
  const byKey = new Map<string, Held>();
  for (const one of held) {
    const key = `${one.permission}\n${one.resource_pattern}`;
    const known = byKey.get(key);
    if (known === undefined || Object.keys(one).length < Object.keys(known).length) {
      byKey.set(key, one);
    }
  }
  return [...byKey.values()];
};
