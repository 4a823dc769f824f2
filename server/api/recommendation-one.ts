// Proposals of one agent, or one proposal by its id: asked of the agent and whoever holds by the same sources, never of all.
import { AppError } from '../errors.ts';
import type { Param, Row } from '../store/store.ts';
import { textOf } from './cells.ts';
import type { ApiOptions } from './context.ts';
import { QUERY_TIMEOUT_MS, steppedNow } from './list.ts';

/** The window that proposals are judged in where nobody asks for another one. */
const WINDOW_MS = 90 * 24 * 3_600_000;
/** A role that more agents share is judged with all agents. */
const CIRCLE_MAX = 1000;

/** One agent of one environment. */
export interface Place {
  workspace: string;
  environment: string;
  agent: string;
}

/** Of whom the evidence is needed for what is asked; of everybody where no agent is named. */
export const judgedFor = async (
  { store }: Pick<ApiOptions, 'store'>,
  params: Readonly<Record<string, Param>>,
): Promise<{ among: Param }> => {
  const { workspace = null, environment = null, agent = null } = params;
  if (agent === null) return { among: null };
  const rows = await store.ask({
    name: 'recommendation_circle',
    params: { workspace, environment, agent, limit: CIRCLE_MAX + 1 },
    timeout_ms: QUERY_TIMEOUT_MS,
  });
  const names = rows.map((row) => textOf(row, 'agent'));
  return { among: names.length > CIRCLE_MAX ? null : JSON.stringify(names) };
};

/** What is proposed of one agent now, at most `limit` rows. */
export const proposalsOf = async (
  api: ApiOptions,
  { workspace, environment, agent }: Place,
  { id, limit }: { id?: string; limit: number },
): Promise<Row[]> => {
  const now = steppedNow(api.now());
  const params: Record<string, Param> = {};
  for (const name of api.declared('recommendations').keys()) params[name] = null;
  Object.assign(params, {
    workspace,
    environment,
    agent: JSON.stringify([agent]),
    since: new Date(now - WINDOW_MS).toISOString(),
    until: new Date(now).toISOString(),
    now: new Date(now).toISOString(),
    recommendation_id: id === undefined ? null : JSON.stringify([id]),
    limit,
  });
  return api.store.ask({
    name: 'recommendations',
    params: { ...params, ...(await judgedFor(api, params)) },
    timeout_ms: QUERY_TIMEOUT_MS,
  });
};

/** The proposal as it stands now. Throws AppError `not_found`. */
export const recommendationOf = async (
  api: ApiOptions,
  workspace: string,
  id: string,
): Promise<Row> => {
  const places = await api.store.ask({
    name: 'recommendation_agent',
    params: { workspace, recommendation_id: id, limit: 1 },
    timeout_ms: QUERY_TIMEOUT_MS,
  });
  const [place] = places;
  if (place === undefined) throw notFound();
  const environment = textOf(place, 'environment');
  return recommendationAt(api, { workspace, environment, agent: textOf(place, 'agent') }, id);
};

/** The same where its agent is known. Throws AppError `not_found`. */
export const recommendationAt = async (api: ApiOptions, place: Place, id: string): Promise<Row> => {
  const [row] = await proposalsOf(api, place, { id, limit: 1 });
  if (row === undefined) throw notFound();
  return row;
};

const notFound = (): AppError => new AppError('not_found', 'there is no such recommendation');
