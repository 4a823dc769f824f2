// Group commit: all records that wait go to the disk in one write and one fdatasync, and are acknowledged after it.
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import type { JournalPosition } from '../model/rows.ts';
import {
  SEGMENT_HEAD_LENGTH,
  encodeRecordHead,
  encodeSegmentHead,
  hashRecord,
  type JournalEntry,
} from './record.ts';
import { segmentPath } from './segments.ts';

/** Where an acknowledged record lies. */
export interface Appended extends JournalPosition {
  /** First byte behind the record. */
  next: JournalPosition;
  /** Where the journal ended before this record: records with `after` equal to a reader's place follow it directly. */
  after: JournalPosition;
}

interface Waiting {
  entry: JournalEntry;
  resolve: (appended: Appended) => void;
  reject: (error: AppError) => void;
}

export interface Appender {
  append(entry: JournalEntry): Promise<Appended>;
  end(): JournalPosition;
  counts(): { appends: number; syncs: number; bytes: number };
  close(): Promise<void>;
}

/** Two buffers a record and one head stay below the 1,024 that writev takes on Linux and macOS. */
const COMMIT_RECORDS_MAX = 500;
/** A commit's time on the disk is what the next one waits; 32 MiB is some 30 ms. */
const COMMIT_BYTES_MAX = 32 * 1024 * 1024;

/** Appends behind `end`, which is the last byte that passed all checks; `torn` where something is left behind it. */
export const createAppender = async ({
  folder,
  segment_bytes,
  end: opened_end,
  previous: opened_previous,
  torn,
}: {
  folder: string;
  segment_bytes: number;
  end: JournalPosition;
  /** Hash of the last record. */
  previous: Buffer;
  torn: boolean;
}): Promise<Appender> => {
  let end = opened_end;
  let previous = opened_previous;
  const target = createTarget({ folder, segment_bytes });
  if (torn) await target.cut(end);
  const counts = { appends: 0, syncs: 0, bytes: 0 };
  const waiting: Waiting[] = [];
  let closed = false;
  let pumping: Promise<void> = Promise.resolve();
  let busy = false;

  const commit = async (taken: readonly Waiting[]): Promise<void> => {
    const acknowledged: Appended[] = [];
    const { segment, offset, buffers } = await target.begin(end, previous);
    let after = end;
    let at = offset;
    let hash = previous;
    for (const { entry } of taken) {
      const head = encodeRecordHead(entry, hash);
      hash = hashRecord(head, entry.body);
      buffers.push(head, entry.body);
      const next = { segment, offset: at + head.length + entry.body.length };
      acknowledged.push({ segment, offset: at, next, after });
      after = next;
      at = next.offset;
    }
    await target.write(buffers, segment, at);
    end = after;
    previous = hash;
    counts.syncs += 1;
    counts.appends += taken.length;
    counts.bytes += at - offset;
    for (const [i, { resolve, reject }] of taken.entries()) {
      const appended = acknowledged[i];
      if (appended === undefined) reject(new AppError('internal', 'a record has no place'));
      else resolve(appended);
    }
  };
  const pump = async (): Promise<void> => {
    while (waiting.length > 0) {
      const taken = takeGroup(waiting);
      try {
        await commit(taken);
      } catch (error) {
        const refused = toRefusal(error);
        for (const { reject } of taken) reject(refused);
        await target.abandon(end);
      }
    }
    busy = false;
  };

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        if (closed) {
          reject(new AppError('store_unavailable', 'the journal is closed'));
          return;
        }
        waiting.push({ entry, resolve, reject });
        if (busy) return;
        busy = true;
        pumping = pump();
      }),
    end: () => end,
    counts: () => ({ ...counts }),
    async close() {
      closed = true;
      await pumping;
      await target.close();
    },
  };
};

const takeGroup = (waiting: Waiting[]): Waiting[] => {
  let bytes = 0;
  let count = 0;
  for (const { entry } of waiting) {
    if (count > 0 && bytes + entry.body.length > COMMIT_BYTES_MAX) break;
    if (count === COMMIT_RECORDS_MAX) break;
    bytes += entry.body.length;
    count += 1;
  }
  return waiting.splice(0, count);
};

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

const toRefusal = (error: unknown): AppError => {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const data = { cause: error };
  return FULL.has(code)
    ? new AppError('disk_full', 'the disk of the journal is full', data)
    : new AppError('store_unavailable', `the journal cannot be written (${code})`, data);
};

/** The file that records go to. After any failed write or sync the file is cut and never written again. */
const createTarget = ({ folder, segment_bytes }: { folder: string; segment_bytes: number }) => {
  let file: FileHandle | null = null;
  let current = -1;
  /** True until the folder's entry of a new file is durable too. */
  let unlisted = false;
  /** A failed fdatasync may have dropped pages that later calls report as written: begin a new file. */
  let spent = false;
  let uncut = false;

  const drop = async (): Promise<void> => {
    const held = file;
    file = null;
    current = -1;
    await held?.close();
  };
  const cut = async (end: JournalPosition): Promise<void> => {
    const handle = await open(segmentPath(folder, end.segment), 'r+');
    try {
      await handle.truncate(end.offset);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  const begin = async (end: JournalPosition, previous: Buffer) => {
    if (uncut) await abandonAt(end);
    const full = end.offset >= segment_bytes || spent || end.segment === 0;
    const segment = full ? end.segment + 1 : end.segment;
    const fresh = full || end.offset === 0;
    if (current !== segment) {
      await drop();
      file = await open(segmentPath(folder, segment), fresh ? 'w' : 'r+', 0o600);
      current = segment;
      unlisted = fresh;
    }
    const buffers: Uint8Array[] = fresh ? [encodeSegmentHead({ segment, previous })] : [];
    return { segment, offset: fresh ? SEGMENT_HEAD_LENGTH : end.offset, buffers };
  };
  const write = async (buffers: Uint8Array[], segment: number, until: number): Promise<void> => {
    if (file === null || current !== segment) throw new AppError('internal', 'no journal file');
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const { bytesWritten } = await file.writev(buffers, until - length);
    if (bytesWritten !== length) {
      const data = { written: bytesWritten, due: length };
      throw new AppError('disk_full', 'the journal could be written only in part', data);
    }
    await file.datasync();
    if (unlisted) await syncFolder(folder);
    unlisted = false;
    spent = false;
  };
  /** Takes back what a failed commit left. Throws where that fails too; nothing is written until it does not. */
  const abandonAt = async (end: JournalPosition): Promise<void> => {
    uncut = true;
    const written = current === -1 ? end.segment : current;
    await drop();
    if (written > end.segment) await rm(segmentPath(folder, written), { force: true });
    if (end.segment > 0) {
      await cut(end);
      spent = end.offset > 0;
    }
    uncut = false;
  };
  return {
    cut,
    begin,
    write,
    async abandon(end: JournalPosition): Promise<void> {
      try {
        await abandonAt(end);
      } catch {
        // The next commit tries again before it writes, and is refused with the reason.
      }
    },
    close: drop,
  };
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
