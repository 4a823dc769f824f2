// What stands behind one proposal: the numbers that bear on its kind, what is held and proposed, and where to look.
import type { RecommendationRow } from '../../server/api/contract.ts';
import { count, counted, duration, percent } from './format.ts';
import { points } from './recommendations.ts';
import type { Changes } from './search.ts';
import { agentPath } from './search.ts';

type Kind = RecommendationRow['kind'];

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly means: string;
}

const figure = (
  name: string,
  value: number | null,
  write: (value: number) => string,
  means: string,
): Figure[] => (value === null ? [] : [{ name, value: write(value), means }]);

/** What was counted, by what the proposal is about. */
const COUNTED: Readonly<Partial<Record<Kind, string>>> = {
  separate_identity: "decisions were made in a user's name",
  shorten_ttl: 'ended tokens were looked at',
  split_token: 'tokens served more than one session',
  cleanup: 'things were looked at',
};

const FIGURES = {
  joint: (row) =>
    figure(
      'Joint risk',
      row.joint_risk,
      percent,
      'of coming sessions at most would miss any of the removals proposed for this agent, 95 % confidence',
    ),
  tested: (row) =>
    figure(
      'Tested on',
      row.joint_sessions,
      (n) => counted(n, 'session'),
      `of the latest third of the window, of which ${count(row.joint_uses ?? 0)} used something that the first two thirds would have removed`,
    ),
  expected: (row) =>
    figure(
      'Expected',
      row.expected_in_30_days,
      (n) => counted(Math.ceil(n), 'session'),
      'at most would miss something in the next 30 days',
    ),
  need: (row) =>
    figure(
      'Need',
      row.absence_bound,
      (n) => `at most ${percent(n)}`,
      'of coming sessions need this one permission, 95 % confidence',
    ),
  threshold: (row) =>
    figure(
      'Threshold',
      row.threshold,
      percent,
      `is where a permission of the class ${row.risk ?? 'given'} counts as unused`,
    ),
  news: (row) =>
    figure(
      'Threshold',
      row.threshold,
      percent,
      'of coming sessions at most may need something that was never used',
    ),
  n: (row) =>
    figure(
      row.permission === '' ? 'Counted' : 'Opportunities',
      row.sessions,
      count,
      row.permission === ''
        ? (COUNTED[row.kind] ?? 'were looked at')
        : 'sessions that could have used it',
    ),
  uses: (row) =>
    figure(
      'Uses',
      row.uses,
      count,
      `in ${counted(row.sessions_with_use ?? 0, 'session')} of 90 days; in ${counted(row.history_sessions ?? 0, 'session')} of 400`,
    ),
  completeness: (row) =>
    figure(
      'Completeness',
      row.completeness,
      percent,
      'of coming sessions use nothing that was not seen before',
    ),
  once: (row) =>
    figure(
      'Used once',
      row.used_once,
      count,
      'of what is kept was used in one session only: how sure it is that nothing else is needed',
    ),
  now: (row) => figure('Life now', row.present_s, duration, 'median life of these tokens'),
  then: (row) =>
    figure(
      'Life proposed',
      row.proposed_s,
      duration,
      '1.25 × the longest use (of 299 tokens on its 99th percentile), an hour at most',
    ),
  renewals: (row) =>
    figure(
      'Renewals',
      row.renewals,
      percent,
      'of the latest third of the tokens would have had to be renewed',
    ),
  index: (row) =>
    figure('Index', row.index_reduction || null, points, "points off this agent's excess index"),
  seconds: (row) =>
    figure(
      'Privilege-seconds',
      row.privilege_seconds || null,
      count,
      'weight × seconds held in 90 days that would go',
    ),
} satisfies Record<string, (row: RecommendationRow) => Figure[]>;

/** The numbers that bear on a kind, the telling one first; those of another kind would only confuse. */
const BY_KIND: Readonly<Record<Kind, readonly (keyof typeof FIGURES)[]>> = {
  remove_permission: [
    'joint',
    'tested',
    'expected',
    'need',
    'threshold',
    'n',
    'uses',
    'completeness',
    'index',
    'seconds',
  ],
  separate_identity: ['need', 'threshold', 'n', 'uses', 'index'],
  narrow_permission: ['uses', 'n', 'once', 'news', 'completeness', 'index', 'seconds'],
  narrow_resource: ['uses', 'n', 'once', 'news', 'index', 'seconds'],
  just_in_time: ['uses', 'n', 'joint', 'tested', 'completeness', 'seconds'],
  task_scope: ['uses', 'n', 'seconds'],
  raise_tier: ['need', 'threshold', 'n', 'uses'],
  lower_tier: ['uses', 'n'],
  split_token: ['n'],
  shorten_ttl: ['now', 'then', 'renewals', 'n', 'seconds'],
  cleanup: ['n'],
};

/** Every number behind a proposal that bears on its kind and is known, with what it means. */
export const figuresOf = (row: RecommendationRow): Figure[] =>
  BY_KIND[row.kind].flatMap((name) => FIGURES[name](row));

/** The joint risk where something would be missed; what only asks takes nothing. */
export const jointRiskOf = ({ kind, joint_risk }: RecommendationRow): number | null =>
  kind === 'raise_tier' || kind === 'lower_tier' ? null : joint_risk;

/** What is to be held instead, in words where no names say it. */
export const proposedOf = (row: RecommendationRow): string | readonly string[] => {
  if (row.kind === 'lower_tier') return 'nobody is asked';
  if (row.kind === 'shorten_ttl' && row.proposed_s !== null) return duration(row.proposed_s);
  if (row.proposed.length > 0) return row.proposed;
  const words: Partial<Record<Kind, string>> = {
    remove_permission: 'nothing in its place',
    just_in_time: 'given when a task asks for it, and taken back after it',
    raise_tier: 'a person is asked before each use',
    split_token: 'a token of its own for each session',
    separate_identity: 'an identity of its own',
    cleanup: 'removed by whoever made it',
  };
  return words[row.kind] ?? '';
};

export interface Place {
  readonly label: string;
  readonly path: string;
  readonly params: Changes;
}

/** Where what a proposal is about is seen: the permission's row, the tokens, or the decisions. */
export const placeOfEvidence = (row: RecommendationRow): Place => {
  const { agent, environment: env } = row;
  if (row.permission !== '')
    return {
      label: 'Its row on the surface',
      path: agentPath(agent),
      params: { env, q: row.permission },
    };
  return row.kind === 'separate_identity'
    ? { label: 'The decisions', path: agentPath(agent), params: { env, tab: 'decisions' } }
    : row.kind === 'cleanup'
      ? { label: 'The sessions', path: agentPath(agent), params: { env, tab: 'sessions' } }
      : { label: 'The tokens', path: agentPath(agent), params: { env, tab: 'tokens' } };
};
