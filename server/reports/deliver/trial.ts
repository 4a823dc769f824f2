// Sends a run of no rows to one destination, so that a person sees whether it arrives before a report has to.
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { KeptRun } from '../kept.ts';
import { parcelOf } from './run-parcel.ts';
import type { Send, Sent } from './send.ts';

/** How it ended. Throws AppError `not_found`. */
export type TryDestination = (
  workspace: string,
  actor: string,
  id: string,
) => Promise<Pick<Sent, 'state' | 'detail'>>;

export const createTrial =
  ({
    send,
    now,
    log,
  }: {
    /** Tries once: a person waits for the answer. */
    send: Send;
    now: () => number;
    log: Log;
  }): TryDestination =>
  async (workspace, actor, id) => {
    const run = trialRun(id, actor, new Date(now()).toISOString());
    const sent = await send(workspace, id, await parcelOf(run, ['md']));
    if (sent === null) throw new AppError('not_found', 'there is no such destination');
    const { destination, kind, state, detail } = sent;
    log.info('destination tried', { destination, kind, state, detail });
    return { state, detail };
  };

const trialRun = (id: string, actor: string, at: string): KeptRun => ({
  id,
  report: 'test',
  title: 'Test from Footprint',
  state: 'done',
  started_by: actor,
  schedule_id: null,
  params: { environment: null, agent: null, since: at, until: at },
  digest: '',
  started_at: at,
  duration_ms: 0,
  row_count: 0,
  truncated: false,
  counts: null,
  error_code: null,
  error: null,
  deliveries: [],
  shape: {
    question: 'Does what Footprint sends arrive here?',
    columns: [],
    severity: null,
    chart: null,
  },
  rows: [],
});
