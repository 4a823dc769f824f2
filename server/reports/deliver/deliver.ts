// Sends a run to its destinations, and keeps how it ended.
import type { Control } from '../../control/control.ts';
import type { Log } from '../../log.ts';
import type { KeptRun } from '../kept.ts';
import type { Format } from '../render/render.ts';
import { parcelOf } from './run-parcel.ts';
import type { Send } from './send.ts';

export type Deliver = (
  workspace: string,
  run: KeptRun,
  formats: readonly Format[],
  ids: readonly string[],
) => Promise<void>;

export const createDeliver =
  ({ control, send, log }: { control: Control; send: Send; log: Log }): Deliver =>
  async (workspace, run, formats, ids) => {
    const parcel = await parcelOf(run, formats);
    for (const id of ids) {
      const sent = await send(workspace, id, parcel);
      if (sent === null) continue;
      const { state, destination, kind, attempts, ended_at, detail } = sent;
      const fields = { run: run.id, destination, kind, attempts, detail };
      if (state === 'delivered') log.info('report delivered', fields);
      else log.warn('a report could not be delivered', fields);
      const params = {
        run_id: run.id,
        destination_id: id,
        destination,
        kind,
        state,
        attempts,
        ended_at,
        detail,
      };
      await control.write([{ name: 'add_report_delivery', params }]);
    }
  };
