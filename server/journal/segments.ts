// Segment files of a journal: their names, and walking through the records of one with every check that the format allows.
import { open, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { JournalPosition } from '../model/rows.ts';
import {
  RECORD_HEAD_LENGTH,
  SEGMENT_HEAD_LENGTH,
  WORKSPACE_LENGTH_MAX,
  decodeRecordHead,
  decodeSegmentHead,
  hashRecord,
  type JournalEntry,
  type RecordHead,
} from './record.ts';

/** Where a journal is not what was written, and how that shows. */
export interface Damage extends JournalPosition {
  what: string;
}

/** One record read back. */
export interface JournalRecord extends JournalEntry {
  position: JournalPosition;
  /** First byte behind the record. */
  next: JournalPosition;
  decoder: number;
}

/** A record that passed all checks, with the hash that its successor carries. */
export interface Walked extends JournalRecord {
  hash: Buffer;
}

/** Thrown by a walk; `torn` where the end of the file looks like a write that never finished. */
export class WalkFault extends Error {
  readonly damage: Damage;
  readonly torn: boolean;
  constructor(damage: Damage, torn: boolean) {
    super(damage.what);
    this.damage = damage;
    this.torn = torn;
  }
}

/** Bytes read at once: large enough that a disk streams, small enough to hold for each reader. */
const READ_LENGTH = 1024 * 1024;
/** What a disk writes whole; a lost write leaves at least one such sector of zeros. */
const SECTOR = 512;
const NAME = /^(\d{10})\.journal$/;

export const segmentPath = (folder: string, segment: number): string =>
  join(folder, `${String(segment).padStart(10, '0')}.journal`);

/** Numbers of the segments in a folder, rising. */
export const listSegments = async (folder: string): Promise<number[]> =>
  (await readdir(folder))
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

/**
 * The records of one segment from an offset (0: from its head, whose `previous` is checked too) up to `until`.
 * `previous` is the hash that the first record must carry, null where it is not known. Throws WalkFault.
 */
export async function* walkSegment({
  folder,
  segment,
  from = 0,
  until = Number.MAX_SAFE_INTEGER,
  previous,
}: {
  folder: string;
  segment: number;
  from?: number;
  until?: number;
  previous: Buffer | null;
}): AsyncGenerator<Walked> {
  const file = await open(segmentPath(folder, segment), 'r');
  try {
    const size = Math.min((await file.stat()).size, until);
    const bytes = createWindow(file, size);
    let expected = previous;
    let offset = from;
    if (from < SEGMENT_HEAD_LENGTH) {
      const head = decodeSegmentHead(await bytes.at(0, SEGMENT_HEAD_LENGTH));
      if (head === null || head.segment !== segment) {
        const torn = size < SEGMENT_HEAD_LENGTH || (await zerosFrom(bytes, 0, size));
        throw new WalkFault({ segment, offset: 0, what: 'head of the segment' }, torn);
      }
      if (expected !== null && !head.previous.equals(expected)) {
        const what = 'the segment does not follow the one before';
        throw new WalkFault({ segment, offset: 0, what }, false);
      }
      expected = head.previous;
      offset = SEGMENT_HEAD_LENGTH;
    }
    while (offset < size) {
      const record = await readRecord({ bytes, segment, offset, size, expected });
      expected = record.hash;
      offset = record.next.offset;
      yield record;
    }
  } finally {
    await file.close();
  }
}

const readRecord = async ({
  bytes,
  segment,
  offset,
  size,
  expected,
}: {
  bytes: Window;
  segment: number;
  offset: number;
  size: number;
  expected: Buffer | null;
}): Promise<Walked> => {
  const fault = (what: string, torn: boolean) => new WalkFault({ segment, offset, what }, torn);
  const head = decodeRecordHead(await bytes.at(offset, RECORD_HEAD_LENGTH + WORKSPACE_LENGTH_MAX));
  if (head === 'short') throw fault('head of a record, cut off', true);
  if (head === 'bad') throw fault('head of a record', await zerosFrom(bytes, offset, size));
  const { head_length, body_length } = head;
  const whole = await bytes.at(offset, head_length + body_length);
  if (whole.length < head_length + body_length) throw fault('body of a record, cut off', true);
  const body = whole.subarray(head_length);
  if (crc32(whole.subarray(RECORD_HEAD_LENGTH)) !== head.content_crc) {
    throw fault('body of a record', await zerosFrom(bytes, offset, size));
  }
  if (expected !== null && !head.previous.equals(expected)) {
    throw fault('the record does not follow the one before', false);
  }
  return toRecord({ head, whole, body, segment, offset });
};

const toRecord = ({
  head,
  whole,
  body,
  segment,
  offset,
}: {
  head: RecordHead;
  whole: Buffer;
  body: Buffer;
  segment: number;
  offset: number;
}): Walked => ({
  workspace: head.workspace,
  kind: head.kind,
  type: head.type,
  encoding: head.encoding,
  received_at: head.received_at,
  attested: head.attested,
  decoder: head.decoder,
  body: Uint8Array.from(body),
  position: { segment, offset },
  next: { segment, offset: offset + whole.length },
  hash: hashRecord(whole.subarray(0, head.head_length), body),
});

interface Window {
  /** The bytes from an offset on, as many as asked for unless the file ends before. */
  at(offset: number, length: number): Promise<Buffer>;
}

const createWindow = (file: FileHandle, size: number): Window => {
  let start = 0;
  let held = Buffer.alloc(0);
  return {
    async at(offset, length) {
      const end = Math.min(offset + length, size);
      if (offset >= end) return Buffer.alloc(0);
      if (offset < start || end > start + held.length) {
        const wanted = Math.min(Math.max(length, READ_LENGTH), size - offset);
        const buffer = Buffer.allocUnsafe(wanted);
        const { bytesRead } = await file.read(buffer, 0, wanted, offset);
        start = offset;
        held = buffer.subarray(0, bytesRead);
      }
      return held.subarray(offset - start, end - start);
    },
  };
};

/** Whether the file ends in sectors that were never written, beginning at or after `offset`. */
const zerosFrom = async (bytes: Window, offset: number, size: number): Promise<boolean> => {
  let zeros = 0;
  for (let end = size; end > offset;) {
    const start = Math.max(offset, end - SECTOR);
    const piece = await bytes.at(start, end - start);
    let last = piece.length - 1;
    while (last >= 0 && piece[last] === 0) last -= 1;
    zeros += piece.length - 1 - last;
    if (last >= 0) break;
    end = start;
  }
  return zeros === size - offset || zeros >= 2 * SECTOR;
};
