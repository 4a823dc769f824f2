// Messages that have yet to reach somebody: sent one after the other, and again after a restart.
import type { Control, ControlRow } from '../control/control.ts';
import { asAppError } from '../errors.ts';
import { errorFields, type Log } from '../log.ts';
import type { Send } from '../reports/deliver/send.ts';
import { parcelOf, type Message, type MessageKind, type Told } from './message.ts';

export interface Outbox {
  /** Sends what waits, behind what is being sent. */
  wake(): void;
  sent(): Promise<void>;
  close(): Promise<void>;
}

/** As many at a time; the rest waits for the next look. */
const MESSAGES_MAX = 100;
/** A receiver that is away for longer hears of it when it is told again. */
const TRIED_MS = 6 * 3_600_000;

export const createOutbox = ({
  control,
  send,
  now,
  log,
}: {
  control: Control;
  send: Send;
  now: () => number;
  log: Log;
}): Outbox => {
  let closed = false;
  let waiting = false;
  let last: Promise<void> = Promise.resolve();
  const one = async (row: ControlRow): Promise<void> => {
    const message = toMessage(row);
    const workspace = String(row['workspace']);
    let pending = JSON.parse(String(row['pending'])) as string[];
    const parcel = parcelOf(message);
    for (const id of pending) {
      if (closed) return;
      const sent = await send(workspace, id, parcel);
      const fields = { message: message.id, rule: message.rule, destination: sent?.destination };
      if (sent?.state === 'delivered') log.info('alert delivered', fields);
      else log.warn('an alert could not be delivered', { ...fields, detail: sent?.detail });
      const old = now() - Date.parse(message.created_at) > TRIED_MS;
      if (sent === null || !sent.again || old) pending = pending.filter((other) => other !== id);
      const settled = { id: message.id, pending: JSON.stringify(pending) };
      const changes = [{ name: 'settle_alert_message', params: settled }];
      if (sent === null) await control.write(changes);
      else {
        const { destination, kind, state, attempts, ended_at, detail } = sent;
        const told = { destination, kind, state, attempts, ended_at, detail };
        const params = { message_id: message.id, destination_id: id, ...told };
        await control.write([...changes, { name: 'add_alert_delivery', params }]);
      }
    }
  };
  const all = async (): Promise<void> => {
    waiting = false;
    for (const row of await control.ask('pending_alert_messages', { limit: MESSAGES_MAX })) {
      if (closed) return;
      await one(row);
    }
  };
  return {
    wake() {
      // What waits already looks at all there is.
      if (waiting || closed) return;
      waiting = true;
      last = last.then(all).catch((error: unknown) => {
        waiting = false;
        log.error('alerts could not be sent', errorFields(asAppError(error)));
      });
    },
    sent: () => last,
    async close() {
      closed = true;
      await last;
    },
  };
};

export const toMessage = (row: ControlRow): Message => ({
  id: String(row['id']),
  rule: String(row['rule']),
  kind: String(row['kind']) as MessageKind,
  count: Number(row['alerts']),
  created_at: String(row['created_at']),
  told: JSON.parse(String(row['body'])) as Told,
});
