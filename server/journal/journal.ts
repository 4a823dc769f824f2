// The journal: what was accepted, appended and made durable before it is acknowledged, and read back in that order.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import type { LogSink } from '../model/log.ts';
import type { JournalPosition } from '../model/rows.ts';
import { createAppender, type Appended } from './append.ts';
import { HASH_LENGTH, type JournalEntry } from './record.ts';
import {
  WalkFault,
  listSegments,
  walkSegment,
  type Damage,
  type JournalRecord,
  type Walked,
} from './segments.ts';
import { takeLock } from './lock.ts';

export type { Appended } from './append.ts';
export type { JournalEntry } from './record.ts';
export type { Damage, JournalRecord } from './segments.ts';

export interface Journal {
  /**
   * Resolves when the record is on the disk (one write and one fdatasync serve all that wait), in the order of the calls.
   * Throws AppError `journal_damaged`, `disk_full` or `store_unavailable`; then nothing of it is kept.
   */
  append(entry: JournalEntry): Promise<Appended>;
  /** All records from a position to the end as it is now. Throws AppError `journal_damaged` at the first damage. */
  read(from: JournalPosition): AsyncIterable<JournalRecord>;
  /** First byte behind the last acknowledged record. */
  end(): JournalPosition;
  /** Null while the journal is whole. */
  damage(): Damage | null;
  /** Stops accepting; used where something outside the journal proves that a part of it is missing. */
  declareDamaged(damage: Damage): void;
  /** Appends and the fdatasync calls that served them, since opening; bytes of all records on the disk. */
  counts(): { appends: number; syncs: number; bytes: number };
  close(): Promise<void>;
}

/** Files grow to this before a new one begins: few files, and each can be checked or dropped within seconds. */
const SEGMENT_BYTES = 128 * 1024 * 1024;

/**
 * Opens the journal in `<folder>/journal`, made where it is missing, and takes the folder's lock.
 * Every record is checked (about a second per GiB): a torn tail that was never acknowledged is cut,
 * anything else is damage, after which reading works up to it and appending answers `journal_damaged`.
 * Throws AppError `locked` where another process holds the folder.
 */
export const openJournal = async ({
  folder,
  log,
  segment_bytes = SEGMENT_BYTES,
}: {
  /** The data folder. */
  folder: string;
  log: LogSink;
  segment_bytes?: number;
}): Promise<Journal> => {
  const path = join(folder, 'journal');
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  const lock = takeLock(folder);
  try {
    const checked = await check(path);
    let damage = checked.damage;
    if (damage !== null) log.error('journal damaged', { ...damage });
    if (checked.torn !== null) log.warn('journal tail cut', { ...checked.torn });
    const appender = await createAppender({
      folder: path,
      segment_bytes,
      end: checked.end,
      previous: checked.previous,
      torn: checked.torn !== null,
    });
    return {
      append: (entry) =>
        damage === null ? appender.append(entry) : Promise.reject(damaged(damage)),
      read: (from) => readFrom(path, from, appender.end(), () => damage),
      end: () => appender.end(),
      damage: () => damage,
      declareDamaged(found) {
        log.error('journal damaged', { ...found });
        damage ??= found;
      },
      counts: () => {
        const counts = appender.counts();
        return { ...counts, bytes: counts.bytes + checked.bytes };
      },
      async close() {
        await appender.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
};

const damaged = (damage: Damage): AppError =>
  new AppError(
    'journal_damaged',
    `the journal is damaged in segment ${damage.segment} at byte ${damage.offset}: ${damage.what}`,
    { ...damage },
  );

interface Checked {
  end: JournalPosition;
  previous: Buffer;
  torn: Damage | null;
  damage: Damage | null;
  bytes: number;
}

/** Walks the whole chain and says where it ends and how. */
const check = async (path: string): Promise<Checked> => {
  const segments = await listSegments(path);
  let end: JournalPosition = { segment: 0, offset: 0 };
  let previous: Buffer | null = segments[0] === 1 ? Buffer.alloc(HASH_LENGTH) : null;
  let bytes = 0;
  const result = (found: { torn?: Damage; damage?: Damage }): Checked => ({
    end,
    previous: previous ?? Buffer.alloc(HASH_LENGTH),
    torn: found.torn ?? null,
    damage: found.damage ?? null,
    bytes,
  });
  for (const [i, segment] of segments.entries()) {
    const before = segments[i - 1];
    if (before !== undefined && segment !== before + 1) {
      const what = 'the segment is missing';
      return result({ damage: { segment: before + 1, offset: 0, what } });
    }
    // A segment without a record is one whose first write never finished: it is begun again.
    end = { segment, offset: 0 };
    try {
      for await (const record of walkSegment({ folder: path, segment, previous })) {
        end = record.next;
        previous = record.hash;
        bytes += record.next.offset - record.position.offset;
      }
    } catch (error) {
      if (!(error instanceof WalkFault)) throw error;
      const last = i === segments.length - 1;
      return result(last && error.torn ? { torn: error.damage } : { damage: error.damage });
    }
  }
  return result({});
};

/** Records from `from` up to `end`, whatever is appended meanwhile. */
async function* readFrom(
  path: string,
  from: JournalPosition,
  end: JournalPosition,
  damage: () => Damage | null,
): AsyncGenerator<JournalRecord> {
  let previous: Buffer | null = null;
  for (const segment of await listSegments(path)) {
    if (segment < from.segment || segment > end.segment) continue;
    const start = segment === from.segment ? from.offset : 0;
    const until = segment === end.segment ? end.offset : Number.MAX_SAFE_INTEGER;
    if (until === 0) continue;
    const walk: AsyncIterable<Walked> = walkSegment({
      folder: path,
      segment,
      from: start,
      until,
      previous,
    });
    try {
      for await (const walked of walk) {
        const { hash, ...record } = walked;
        previous = hash;
        yield record;
      }
    } catch (error) {
      if (error instanceof WalkFault) throw damaged(error.damage);
      throw error;
    }
  }
  const found = damage();
  if (found !== null) throw damaged(found);
}
