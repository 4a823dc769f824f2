// What the receiver hands to the pipeline: one accepted request, redacted, on its way to the journal and the store.

import type { SpanBatch } from '../otlp/batch.ts';

/** How a body is written. */
export type BodyType = 'protobuf' | 'json';

/** How a journalled body is compressed. */
export type BodyEncoding = 'none' | 'gzip' | 'zstd';

/** One accepted OTLP trace request. */
export interface Submission {
  /** The tenant, from the caller's key and never from the body. */
  workspace: string;
  kind: 'otlp';
  type: BodyType;
  encoding: BodyEncoding;
  /** What is journalled: redacted, compressed as `encoding` says. */
  body: Uint8Array;
  /** The same request as columns; its buffers may be transferred by whoever takes the submission. */
  batch: SpanBatch;
  /** Microseconds since 1970. */
  received_at: number;
  /** Whether the caller may speak for the agents that it names. */
  attested: boolean;
}

/**
 * Takes a submission; resolves when it is durable. Rejects with AppError `overloaded`, `disk_full`
 * or `journal_damaged`, after which nothing of it is acknowledged.
 */
export type Submit = (submission: Submission) => Promise<void>;
