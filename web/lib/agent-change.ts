// How an agent's excess index changed in seven days, from two answers of the API.
import type { AgentBeforeRow, AgentRow } from '../../server/api/contract.ts';

/** Index now less the index seven days before; null while it is not known, and where either was not. */
export interface ChangedAgent extends AgentRow {
  readonly excess_index_7d: number | null;
}

const keyOf = ({ environment, agent }: { environment: string; agent: string }): string =>
  JSON.stringify([environment, agent]);

export const change = (now: number | null, before: number | null | undefined): number | null =>
  now === null || before === null || before === undefined ? null : now - before;

export const withChange = (
  rows: readonly AgentRow[],
  before: readonly AgentBeforeRow[] | undefined,
): ChangedAgent[] => {
  const known = new Map(before?.map((row) => [keyOf(row), row.excess_index]));
  return rows.map((row) => ({
    ...row,
    excess_index_7d: change(row.excess_index, known.get(keyOf(row))),
  }));
};
