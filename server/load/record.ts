// A record of the journal back into what it was accepted as, through the decoder that accepts live requests.
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { FACT_KEYS } from '../facts/facts.ts';
import type { JournalRecord } from '../journal/journal.ts';
import type { LogSink } from '../model/log.ts';
import type { SpanBatch } from '../otlp/batch.ts';
import { createReader } from '../otlp/reader.ts';
import type { ImportedGrants } from '../store/store.ts';

export type Decoded =
  | { kind: 'spans'; batch: SpanBatch }
  | { kind: 'grants'; grants: ImportedGrants }
  /** What passed when it was accepted and does not now; it stays in the journal. */
  | { kind: 'nothing' };

export type ReadRecord = (record: JournalRecord) => Promise<Decoded>;

const gunzipped = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

export const createRecordReader = ({ log }: { log: LogSink }): ReadRecord => {
  const reader = createReader({ keys: FACT_KEYS });
  return async (record) => {
    try {
      const bytes = await inflate(record);
      if (record.kind === 'grants') {
        const grants = JSON.parse(Buffer.from(bytes).toString('utf8')) as ImportedGrants;
        return { kind: 'grants', grants };
      }
      const decoded = record.type === 'protobuf' ? reader.protobuf(bytes) : reader.json(bytes);
      return { kind: 'spans', batch: decoded.batch };
    } catch (error) {
      log.error('a journalled record cannot be read', {
        ...record.position,
        error: String(error),
      });
      return { kind: 'nothing' };
    }
  };
};

const inflate = async ({ encoding, body }: JournalRecord): Promise<Uint8Array> => {
  if (encoding === 'gzip') return gunzipped(body);
  if (encoding === 'zstd') return unzstd(body);
  return body;
};
