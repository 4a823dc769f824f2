// The pipeline: journal first, then hand over to the engine's thread, live or read back from the journal, in the journal's order.
import { AppError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { LogSink } from '../model/log.ts';
import type { JournalPosition } from '../model/rows.ts';
import type { Submission } from '../model/submission.ts';
import type { SpanBatch } from '../otlp/batch.ts';
import type { StoreState } from '../store/messages.ts';
import type { ImportedGrants } from '../store/store.ts';
import { FREE_BYTES_MIN, type DiskWatch } from './disk.ts';
import type { FromWorker, Handed, ToWorker } from './messages.ts';
import type { ReadRecord } from './record.ts';
import { checkSecretFree } from './secret-free.ts';
import { batchBytes, transferOf } from './transfer.ts';

export interface Limits {
  /** Decoded bytes handed over and not loaded above which answers wait. */
  waiting_bytes: number;
  /** The same, above which requests are refused. */
  refused_bytes: number;
  /** Free bytes of the disk below which requests are refused; never less than 5 % of it. */
  free_bytes_min: number;
}

/** A commit of a row group is some 45 MiB of facts: one in work, one waiting, one gathering. */
export const LIMITS: Limits = {
  waiting_bytes: 128 * 1024 * 1024,
  refused_bytes: 512 * 1024 * 1024,
  free_bytes_min: FREE_BYTES_MIN,
};

export interface Backlog {
  /** Spans acknowledged, handed over and not yet in the store. */
  waiting_spans: number;
  waiting_bytes: number;
  /** True while records are still read back from the journal. */
  behind: boolean;
  /** False where a submission would be refused now. */
  writable: boolean;
  /** Why not; '' where it is writable. */
  reason: string;
}

export interface Pipeline {
  /** Resolves when the spans are durable. Throws AppError `overloaded`, `journal_damaged`, `disk_full` or `store_unavailable`. */
  submit(submission: Submission): Promise<void>;
  /** Resolves when the grants are loaded. Throws AppError `bad_param` where they hold a credential, and as `submit`. */
  putGrants(grants: ImportedGrants): Promise<void>;
  backlog(): Backlog;
  /** Spans of each commit, as they are committed. */
  onSpans(listener: (spans: number) => void): void;
  /** Resolves when everything acknowledged is loaded. */
  drain(): Promise<void>;
  /** What the engine's thread said; `start.ts` passes it on. */
  receive(message: FromWorker): void;
  /** Nothing is handed over any more. */
  fail(error: AppError): void;
}

interface Waiter {
  until: JournalPosition;
  resolve: () => void;
  reject: (error: AppError) => void;
}

/** True where a comes before b. */
const before = (a: JournalPosition, b: JournalPosition): boolean =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
const same = (a: JournalPosition, b: JournalPosition): boolean =>
  a.segment === b.segment && a.offset === b.offset;

export const createPipeline = ({
  journal,
  post,
  state,
  generation: opened_generation,
  read,
  disk,
  limits = LIMITS,
  log,
}: {
  journal: Journal;
  post: (message: ToWorker, transfer: ArrayBuffer[]) => void;
  /** What the store holds at opening. */
  state: StoreState;
  generation: number;
  read: ReadRecord;
  disk: DiskWatch;
  limits?: Limits;
  log: LogSink;
}): Pipeline => {
  let generation = opened_generation;
  let loaded = state.next;
  /** INVARIANT: everything before this place is handed over, nothing behind it. */
  let handed = state.next;
  let catching_up = false;
  let bytes = 0;
  let spans = 0;
  let appending = 0;
  let gone: AppError | null = null;
  const listeners: ((spans: number) => void)[] = [];
  let waiters: Waiter[] = [];
  const room: (() => void)[] = [];

  const refusal = (): AppError | null => {
    if (gone !== null) return gone;
    const full = disk.refusal();
    if (full !== null) return full;
    if (bytes + appending <= limits.refused_bytes) return null;
    return new AppError('overloaded', 'spans come faster than they can be stored', {
      waiting_bytes: bytes,
    });
  };
  const hand = (message: Handed, count: number, transfer: ArrayBuffer[]): void => {
    post(message, transfer);
    handed = message.next;
    bytes += message.bytes;
    spans += count;
  };
  const handSpans = (
    record: Pick<Submission, 'workspace' | 'received_at' | 'attested'>,
    batch: SpanBatch,
    place: { position: JournalPosition; next: JournalPosition },
  ): void => {
    const { workspace, received_at, attested } = record;
    const { transfer, value } = transferOf(batch);
    const size = batchBytes(batch);
    const common = { type: 'spans', generation, bytes: size, ...place } as const;
    hand({ ...common, workspace, received_at, attested, batch: value }, batch.spans, transfer);
  };
  const hasRoom = async (): Promise<void> => {
    while (gone === null && bytes > limits.waiting_bytes) {
      await new Promise<void>((resolve) => room.push(resolve));
    }
  };
  const wakeAll = (): void => {
    for (const wake of room.splice(0)) wake();
  };
  /** Reads back from the journal what was not handed over live, until there is nothing left. */
  const catchUp = async (): Promise<void> => {
    if (catching_up) return;
    catching_up = true;
    try {
      while (gone === null && before(handed, journal.end())) {
        const began = generation;
        const end = journal.end();
        for await (const record of journal.read(handed)) {
          const decoded = await read(record);
          await hasRoom();
          if (gone !== null || generation !== began) break;
          const { position, next } = record;
          if (decoded.kind === 'spans') handSpans(record, decoded.batch, { position, next });
          else if (decoded.kind === 'grants') {
            hand({ type: 'grants', generation, next, bytes: 0, grants: decoded.grants }, 0, []);
          } else hand({ type: 'nothing', generation, next, bytes: 0 }, 0, []);
        }
        if (generation === began) handed = end;
      }
    } catch (error) {
      // Damage was named when it was found; what lies before it is loaded and can be read.
      log.error('reading the journal back ended', { error: String(error) });
    } finally {
      catching_up = false;
    }
  };
  /** Resolves when the store holds everything before `until`. */
  const reached = (until: JournalPosition): Promise<void> =>
    new Promise((resolve, reject) => {
      if (gone !== null) reject(gone);
      else if (!before(loaded, until)) resolve();
      else waiters.push({ until, resolve, reject });
    });
  const onState = (now: JournalPosition): void => {
    loaded = now;
    const done = waiters.filter(({ until }) => !before(loaded, until));
    waiters = waiters.filter(({ until }) => before(loaded, until));
    for (const { resolve } of done) resolve();
  };

  const checkMissing = (): void => {
    const end = journal.end();
    if (!before(end, state.next) || journal.damage() !== null) return;
    const what = 'the store has loaded more than the journal holds';
    journal.declareDamaged({ ...end, what });
  };
  checkMissing();
  void catchUp();

  return {
    async submit(submission) {
      const refused = refusal();
      if (refused !== null) throw refused;
      const { kind, type, encoding, workspace, received_at, attested, body, batch } = submission;
      appending += body.length;
      try {
        const entry = { kind, type, encoding, workspace, received_at, attested, body };
        const { next, after, ...position } = await journal.append(entry);
        if (gone === null && !catching_up && same(after, handed)) {
          handSpans(submission, batch, { position, next });
        } else void catchUp();
      } finally {
        appending -= body.length;
      }
      await hasRoom();
    },
    async putGrants(grants) {
      checkSecretFree(grants);
      const refused = refusal();
      if (refused !== null) throw refused;
      const body = Buffer.from(JSON.stringify(grants), 'utf8');
      const { next, after } = await journal.append({
        kind: 'grants',
        type: 'json',
        encoding: 'none',
        workspace: grants.workspace,
        received_at: grants.granted_at,
        attested: true,
        body,
      });
      if (!catching_up && same(after, handed)) {
        hand({ type: 'grants', generation, next, bytes: 0, grants }, 0, []);
      } else void catchUp();
      await reached(next);
    },
    backlog() {
      const damage = journal.damage();
      const reason =
        refusal()?.message ?? (damage === null ? '' : `the journal is damaged: ${damage.what}`);
      const behind = catching_up || before(handed, journal.end());
      const writable = reason === '';
      return { waiting_spans: spans, waiting_bytes: bytes, behind, writable, reason };
    },
    onSpans: (listener) => listeners.push(listener),
    async drain() {
      const end = journal.end();
      post({ type: 'commit' }, []);
      const again = setInterval(() => post({ type: 'commit' }, []), COMMIT_AGAIN_MS);
      try {
        if (journal.damage() === null) await reached(end);
      } finally {
        clearInterval(again);
      }
    },
    receive(message) {
      if (message.type === 'told' && message.generation === generation) {
        bytes -= message.bytes;
      } else if (message.type === 'committed' && message.generation === generation) {
        bytes -= message.bytes;
        spans -= message.spans;
        onState(message.state.next);
        for (const listener of listeners) listener(message.spans);
      } else if (message.type === 'reset') {
        generation = message.generation;
        bytes = 0;
        spans = 0;
        handed = message.state.next;
        onState(message.state.next);
        void catchUp();
      } else return;
      wakeAll();
    },
    fail(error) {
      gone = error;
      for (const { reject } of waiters.splice(0)) reject(error);
      wakeAll();
    },
  };
};

/** While records are still read back, commits are asked for again so that draining does not wait for a timer. */
const COMMIT_AGAIN_MS = 100;
