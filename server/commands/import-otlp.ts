// footprint import otlp: spans from files, into a running server or straight into the data folder.
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AppError } from '../errors.ts';
import { ATTESTED_HEADER } from '../ingest/otlp-http.ts';
import { EXIT, readArgs, usageError, type Command, type Io } from './command.ts';
import { bodyOf, readBatches, type Batch, type Piece } from './otlp-file.ts';
import { createProgress, mib } from './progress.ts';
import { readSettings, SETTING_HELP, SETTING_OPTIONS } from './settings.ts';
import { openTarget, type Target } from './target.ts';

/** Each waits for its own acknowledgement, and one write to the disk serves all that wait. */
const IN_FLIGHT_MAX = 16;
/** More are counted only: a file that is something else has as many as lines. */
const FAULTS_NAMED_MAX = 20;
/** Larger bodies travel compressed, because the server takes no more than 20 MiB on the wire. */
const GZIP_FROM_BYTES = 1024 * 1024;
const compress = promisify(gzip);
const BAD_REQUEST = 400;

export const importOtlp: Command = {
  name: 'import otlp',
  summary: 'read spans from files of OTLP JSON, JSON lines or protobuf, plain or gzip',
  help: `Usage: footprint import otlp [options] <file…>

Each file is an OTLP traces request in JSON or protobuf, or one in JSON a line,
of any length; gzip is recognised. They go to the server at --url, else to the
server that the settings name if it runs, else straight into the data folder.
Spans that are there already are not stored again; logs and metrics among the
lines are passed over and counted.

Options:
  --url <url>            a running server
  --unattested           nobody vouches for these spans: they are kept, and are no
                         evidence for a verdict until somebody confirms them
${SETTING_HELP}
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      url: { type: 'string' },
      unattested: { type: 'boolean' },
    });
    if (positionals.length === 0) throw usageError('import otlp needs at least one file');
    const { config } = readSettings(values, io);
    const sizes = await Promise.all(positionals.map(sizeOf));
    const target = await openTarget({ url: values.url, config, io });
    try {
      const attested = values.unattested !== true;
      return await importAll({ files: positionals, sizes, target, attested, io });
    } finally {
      await target.close();
    }
  },
};

interface Tally {
  bytes: number;
  requests: number;
  without_spans: number;
  rejected: number;
  reasons: Set<string>;
  /** Lines or parts that hold no request, or one that the server refused. */
  faults: number;
}

const importAll = async ({
  files,
  sizes,
  target,
  attested,
  io,
}: {
  files: readonly string[];
  sizes: readonly number[];
  target: Target;
  attested: boolean;
  io: Io;
}): Promise<number> => {
  const began = io.now();
  const total = sizes.reduce((sum, size) => sum + size, 0);
  io.err(`importing ${files.length} file(s), ${mib(total)} MiB, into ${target.name}\n`);
  const progress = createProgress(io, 'import', total);
  const tally: Tally = {
    bytes: 0,
    requests: 0,
    without_spans: 0,
    rejected: 0,
    reasons: new Set(),
    faults: 0,
  };
  try {
    for (const file of files) {
      await inParallel(readBatches(file), async (batch) => {
        const faults = [
          ...batch.faults,
          ...(await sendBatch({ file, batch, target, attested, tally })),
        ];
        for (const fault of faults) {
          if (tally.faults < FAULTS_NAMED_MAX) io.err(`${fault}\n`);
          tally.faults += 1;
        }
        tally.bytes += batch.file_bytes;
        tally.requests += batch.requests;
        tally.without_spans += batch.without_spans;
        progress.at(tally.bytes, `${tally.requests} requests`);
      });
    }
  } finally {
    progress.end();
  }
  const seconds = ((io.now() - began) / 1000).toFixed(1);
  io.out(`imported ${tally.requests} request(s) from ${files.length} file(s) in ${seconds} s\n`);
  if (tally.without_spans > 0) {
    io.err(`${tally.without_spans} request(s) hold no spans and were passed over\n`);
  }
  if (tally.rejected > 0) {
    io.err(`${tally.rejected} span(s) were rejected: ${[...tally.reasons].join('; ')}\n`);
  }
  if (tally.faults > 0) {
    io.err(`${tally.faults} request(s) were wrong and passed over; the others are kept\n`);
  }
  return tally.rejected + tally.faults > 0 ? EXIT.failed : EXIT.done;
};

const sizeOf = async (file: string): Promise<number> => {
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw usageError(`there is no file ${file}`);
  return found.size;
};

/** Takes batches in order, at most some of them under way; the first failure ends it. */
const inParallel = async (
  batches: AsyncIterable<Batch>,
  send: (batch: Batch) => Promise<void>,
): Promise<void> => {
  const iterator = batches[Symbol.asyncIterator]();
  let failed = false;
  const work = async (): Promise<void> => {
    for (;;) {
      const next = await iterator.next();
      if (next.done === true || failed) return;
      await send(next.value);
    }
  };
  const workers = Array.from({ length: IN_FLIGHT_MAX }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const ended = await Promise.allSettled(workers);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
};

interface Sending {
  file: string;
  target: Target;
  attested: boolean;
  tally: Tally;
}

/** Sends a batch; of one that is refused each piece alone, so that those at fault are named and the others are kept. */
const sendBatch = async ({ batch, ...sending }: Sending & { batch: Batch }): Promise<string[]> => {
  const { type, pieces } = batch;
  if (pieces.length === 0) return [];
  const refusal = await sendPieces(sending, type, pieces);
  if (refusal === null) return [];
  const word = type === 'application/json' ? 'line' : 'part';
  const faults: string[] = [];
  for (const piece of pieces) {
    const fault = pieces.length === 1 ? refusal : await sendPieces(sending, type, [piece]);
    if (fault === null) continue;
    faults.push(`${sending.file}, ${word} ${piece.line}: ${fault}`);
  }
  return faults;
};

/** What the server said where it refused the request for what is in it, else null. */
const sendPieces = async (
  { file, target, attested, tally }: Sending,
  type: Batch['type'],
  pieces: readonly Piece[],
): Promise<string | null> => {
  const bytes = bodyOf(type, pieces);
  const packed = bytes.length >= GZIP_FROM_BYTES;
  const response = await target.send('/v1/traces', {
    method: 'POST',
    headers: {
      'content-type': type,
      ...(packed ? { 'content-encoding': 'gzip' } : {}),
      ...(attested ? {} : { [ATTESTED_HEADER]: 'false' }),
    },
    body: packed ? new Uint8Array(await compress(bytes, { level: 1 })) : bytes,
  });
  if (!response.ok) {
    const told = `the server answered ${response.status}${await messageOf(response, type)}`;
    if (response.status === BAD_REQUEST) return told;
    throw new AppError('bad_request', `${file}: ${told}`);
  }
  if (type === 'application/json') readPartialSuccess(await response.text(), tally);
  else readRejected(new Uint8Array(await response.arrayBuffer()), tally);
  return null;
};

/** The message of a Status: in protobuf field 2, behind the code, which is one byte long. */
const messageOf = async (response: Response, type: Batch['type']): Promise<string> => {
  if (type === 'application/json') {
    const told = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(await response.text())?.[1];
    return told === undefined ? '' : `: ${told}`;
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x08 || bytes[2] !== 0x12) return '';
  const [length, start] = varintAt(bytes, 3);
  return `: ${new TextDecoder().decode(bytes.subarray(start, start + length))}`;
};

/** `{"partialSuccess":{"rejectedSpans":"2","errorMessage":"…"}}` where spans were rejected. */
const readPartialSuccess = (text: string, tally: Tally): void => {
  const rejected = /"rejectedSpans"\s*:\s*"?(\d+)/.exec(text)?.[1];
  if (rejected === undefined) return;
  tally.rejected += Number(rejected);
  const reason = /"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (reason !== undefined) tally.reasons.add(reason);
};

/** The same in protobuf: field 1 holds field 1, the number, and field 2, the reason (opentelemetry-proto 1.11). */
const readRejected = (bytes: Uint8Array, tally: Tally): void => {
  if (bytes[0] !== 0x0a) return;
  let [, at] = varintAt(bytes, 1);
  if (bytes[at] === 0x08) {
    const [rejected, next] = varintAt(bytes, at + 1);
    tally.rejected += rejected;
    at = next;
  }
  if (bytes[at] !== 0x12) return;
  const [length, start] = varintAt(bytes, at + 1);
  tally.reasons.add(new TextDecoder().decode(bytes.subarray(start, start + length)));
};

const varintAt = (bytes: Uint8Array, from: number): [value: number, next: number] => {
  let value = 0;
  let next = from;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[next] ?? 0;
    next += 1;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, next];
  }
};
