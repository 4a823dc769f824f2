// The rulings of people as the store takes them: read whole, since they are few and the store only mirrors them.
import type { Rulings, YoungDays } from '../model/rulings.ts';
import type { Control, ControlRow } from './control.ts';

export const readRulings = async (
  control: Control,
  young_days: readonly YoungDays[] = [],
): Promise<Rulings> => {
  const exemptions = await control.ask('list_exemptions');
  const quarantines = await control.ask('list_quarantines');
  const states = await control.ask('list_recommendation_states');
  const confirmations = await control.ask('list_confirmations');
  const owners = await control.ask('list_agent_owners');
  return {
    agent_owners: owners.map((row) => ({
      ...placeOf(row),
      owner: text(row, 'owner'),
      created_at: micros(row, 'created_at'),
    })),
    exemptions: exemptions.map((row) => ({
      ...placeOf(row),
      permission: text(row, 'permission'),
      resource_pattern: text(row, 'resource_pattern'),
      owner: text(row, 'owner'),
      reason: text(row, 'reason'),
      created_at: micros(row, 'created_at'),
      expires_at: micros(row, 'expires_at'),
    })),
    quarantines: quarantines.map((row) => ({
      ...placeOf(row),
      session: text(row, 'session'),
      permission: text(row, 'permission'),
      reason: text(row, 'reason'),
      created_at: micros(row, 'created_at'),
    })),
    confirmations: confirmations.map((row) => ({
      ...placeOf(row),
      session: text(row, 'session'),
      reason: text(row, 'reason'),
      created_at: micros(row, 'created_at'),
    })),
    young_days,
    recommendation_states: states.map((row) => ({
      ...placeOf(row),
      recommendation_id: text(row, 'recommendation_id'),
      kind: text(row, 'kind'),
      permission: text(row, 'permission'),
      resource_pattern: text(row, 'resource_pattern'),
      subject: text(row, 'subject'),
      proposed: JSON.parse(text(row, 'proposed')) as string[],
      state: text(row, 'state'),
      since: micros(row, 'since'),
      due_at: row['due_at'] === null ? null : micros(row, 'due_at'),
      reason: text(row, 'reason'),
      actor: text(row, 'actor'),
      digest: text(row, 'digest'),
      restores: Number(row['restores']),
    })),
  };
};

const text = (row: ControlRow, name: string): string => String(row[name] ?? '');
/** Kept as RFC 3339 to the millisecond; the store counts microseconds. */
const micros = (row: ControlRow, name: string): number => Date.parse(text(row, name)) * 1000;
const placeOf = (row: ControlRow) => ({
  workspace: text(row, 'workspace'),
  environment: text(row, 'environment'),
  agent: text(row, 'agent'),
});
