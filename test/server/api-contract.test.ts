// The contract and the SQL agree: every question answers the columns that its route promises and takes what a request may say.
import { describe, expect, it } from 'vitest';
import type { ObjectEntries, ObjectSchema } from 'valibot';
import * as contract from '../../server/api/contract.ts';
import { PARAM_NAMES } from '../../server/api/params.ts';
import { readCatalogue } from '../../server/store/query.ts';

const catalogue = readCatalogue();

const ROWS: Record<string, ObjectSchema<ObjectEntries, undefined>> = {
  agents: contract.agentRow,
  surface: contract.surfaceRow,
  history: contract.historyRow,
  drift: contract.driftRow,
  environments: contract.environmentRow,
  tokens: contract.tokenRow,
  token_agents: contract.tokenAgentRow,
  token_survival: contract.survivalRow,
  token_summary: contract.tokenSummary,
  decisions: contract.decisionRow,
  decision_buckets: contract.decisionBucketRow,
  decision_facets: contract.facetRow,
  sessions: contract.sessionRow,
  session: contract.sessionRow,
  session_spans: contract.spanRow,
  session_decisions: contract.decisionRow,
  session_resources: contract.resourceRow,
  session_tokens: contract.tokenRow,
  session_steps: contract.surfaceStepRow,
  session_privilege: contract.privilegeRow,
  session_ambient: contract.ambientRow,
  decisions_arrived: contract.decisionRow,
  trace_spans: contract.spanRow,
  telemetry_producers: contract.producerRow,
  recommendations: contract.recommendationRow,
  recommendation_regret: contract.regretRow,
  grants_held: contract.heldGrantRow,
  use_paths: contract.usePathRow,
  replay: contract.replayRow,
  replay_summary: contract.replaySummary,
};

/** What the API binds of its own accord, or of the recommendation that the path names. */
const BOUND = ['workspace', 'now', 'after', 'limit', 'among', 'resource_pattern', 'proposed'];

describe('every question of the API', () => {
  it.each(Object.entries(ROWS))('%s answers the columns of its contract', (name, row) => {
    const columns = catalogue.get(name)?.columns.map((column) => column.name) ?? [];
    expect(columns.filter((column) => column !== 'cursor').sort()).toEqual(
      Object.keys(row.entries).sort(),
    );
  });

  it('declares only what a request may say or the API binds', () => {
    const known = new Set<string>([...BOUND, ...PARAM_NAMES]);
    const unknown = [...catalogue.values()].flatMap(({ name, params }) =>
      params.filter((param) => !known.has(param.name)).map((param) => `${name}: ${param.name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('is bound to a workspace', () => {
    const without = [...catalogue.values()].filter(
      ({ params }) => !params.some((param) => param.name === 'workspace'),
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });
});
