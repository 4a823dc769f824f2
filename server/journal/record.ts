// The bytes of a journal: the head of a segment, and records with their lengths, checksums and the hash of the one before.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { BodyEncoding, BodyType } from '../model/submission.ts';

export type RecordKind = 'otlp' | 'grants';

/** What is kept of one accepted request. */
export interface JournalEntry {
  workspace: string;
  kind: RecordKind;
  /** How an `otlp` body is written; `grants` are always `json`. */
  type: BodyType;
  encoding: BodyEncoding;
  /** Microseconds since 1970. */
  received_at: number;
  attested: boolean;
  body: Uint8Array;
}

export interface SegmentHead {
  segment: number;
  /** SHA-256 of the last record of the segment before, zeros in the first. */
  previous: Buffer;
}

export interface RecordHead extends Omit<JournalEntry, 'body'> {
  /** Version of the decoder that accepted the body. */
  decoder: number;
  /** SHA-256 of the record before. */
  previous: Buffer;
  /** CRC-32 of the workspace's name and the body. */
  content_crc: number;
  head_length: number;
  body_length: number;
}

/** Bumped when the decoder accepts or redacts differently, so that a replay can tell. */
export const DECODER_VERSION = 1;
export const HASH_LENGTH = 32;
export const SEGMENT_HEAD_LENGTH = 56;
/** The part of a record's head before the workspace's name. */
export const RECORD_HEAD_LENGTH = 72;
/** A workspace's name is an identifier of ours; longer ones are damage. */
export const WORKSPACE_LENGTH_MAX = 256;
/** Twice the largest inflated request, so a length beyond it is damage. */
export const BODY_LENGTH_MAX = 128 * 1024 * 1024;

const SEGMENT_MAGIC = 0x53_4a_50_46;
const RECORD_MAGIC = 0x52_4a_50_46;
const KINDS = ['otlp', 'grants'] as const satisfies readonly RecordKind[];
const TYPES = ['protobuf', 'json'] as const satisfies readonly BodyType[];
const ENCODINGS = ['none', 'gzip', 'zstd'] as const satisfies readonly BodyEncoding[];

export const encodeSegmentHead = ({ segment, previous }: SegmentHead): Buffer => {
  const head = Buffer.alloc(SEGMENT_HEAD_LENGTH);
  head.writeUInt32LE(SEGMENT_MAGIC, 0);
  head.writeUInt32LE(segment, 8);
  previous.copy(head, 16);
  head.writeUInt32LE(crc32(head.subarray(8)), 4);
  return head;
};

/** Null where the bytes are no head of a segment. */
export const decodeSegmentHead = (head: Buffer): SegmentHead | null => {
  if (head.length < SEGMENT_HEAD_LENGTH || head.readUInt32LE(0) !== SEGMENT_MAGIC) return null;
  if (head.readUInt32LE(4) !== crc32(head.subarray(8, SEGMENT_HEAD_LENGTH))) return null;
  return {
    segment: head.readUInt32LE(8),
    previous: Buffer.from(head.subarray(16, 16 + HASH_LENGTH)),
  };
};

/** The head of a record; its body follows as it came, so that no body is copied. */
export const encodeRecordHead = (entry: JournalEntry, previous: Buffer): Buffer => {
  const workspace = Buffer.from(entry.workspace, 'utf8');
  const head = Buffer.alloc(RECORD_HEAD_LENGTH + workspace.length);
  head.writeUInt32LE(RECORD_MAGIC, 0);
  head.writeUInt32LE(entry.body.length, 8);
  head.writeUInt32LE(crc32(entry.body, crc32(workspace)), 12);
  previous.copy(head, 16);
  head.writeBigInt64LE(BigInt(Math.trunc(entry.received_at)), 48);
  head.writeUInt16LE(DECODER_VERSION, 56);
  head.writeUInt16LE(workspace.length, 58);
  head.writeUInt8(KINDS.indexOf(entry.kind), 60);
  head.writeUInt8(TYPES.indexOf(entry.type), 61);
  head.writeUInt8(ENCODINGS.indexOf(entry.encoding), 62);
  head.writeUInt8(entry.attested ? 1 : 0, 63);
  workspace.copy(head, RECORD_HEAD_LENGTH);
  head.writeUInt32LE(crc32(head.subarray(8, RECORD_HEAD_LENGTH)), 4);
  return head;
};

/** `short` where more bytes are needed to tell, `bad` where the bytes are no head of a record. */
export const decodeRecordHead = (bytes: Buffer): RecordHead | 'short' | 'bad' => {
  if (bytes.length < RECORD_HEAD_LENGTH) return 'short';
  if (bytes.readUInt32LE(0) !== RECORD_MAGIC) return 'bad';
  // The fixed part has a checksum of its own: a length is believed only where nothing of it was changed.
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(8, RECORD_HEAD_LENGTH))) return 'bad';
  const workspace_length = bytes.readUInt16LE(58);
  if (workspace_length > WORKSPACE_LENGTH_MAX) return 'bad';
  const head_length = RECORD_HEAD_LENGTH + workspace_length;
  if (bytes.length < head_length) return 'short';
  const kind = KINDS[bytes.readUInt8(60)];
  const type = TYPES[bytes.readUInt8(61)];
  const encoding = ENCODINGS[bytes.readUInt8(62)];
  const body_length = bytes.readUInt32LE(8);
  if (kind === undefined || type === undefined || encoding === undefined) return 'bad';
  if (body_length > BODY_LENGTH_MAX) return 'bad';
  return {
    workspace: bytes.toString('utf8', RECORD_HEAD_LENGTH, head_length),
    kind,
    type,
    encoding,
    received_at: Number(bytes.readBigInt64LE(48)),
    attested: bytes.readUInt8(63) === 1,
    decoder: bytes.readUInt16LE(56),
    previous: Buffer.from(bytes.subarray(16, 16 + HASH_LENGTH)),
    content_crc: bytes.readUInt32LE(12),
    head_length,
    body_length,
  };
};

/** SHA-256 of a whole record, head and body: what the next record carries. */
export const hashRecord = (head: Uint8Array, body: Uint8Array): Buffer =>
  createHash('sha256').update(head).update(body).digest();
