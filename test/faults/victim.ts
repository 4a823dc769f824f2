// The process that the crash test kills: submits requests without end and says which were acknowledged.
import { writeSync } from 'node:fs';
import { startLoading } from '../../server/load/start.ts';
import { submission } from './submissions.ts';

const [, , folder = '', first = '0', spans = '8'] = process.argv;
/** Requests on their way at once, as from several exporters. */
const LANES = 8;
const STDOUT = 1;

const told = (level: string) => (message: string, data?: unknown) => {
  process.stderr.write(`${level} ${message} ${JSON.stringify(data ?? {})}\n`);
};
const log = { info: () => undefined, warn: () => undefined, error: told('error') };
const { pipeline } = await startLoading({
  folder,
  log,
  tuning: { commit_rows: 2000, commit_every_ms: 60 },
});
// Written at once and past any buffer: what stands in the pipe was acknowledged before the process was killed.
writeSync(STDOUT, 'ready\n');
let next = Number(first);
const lane = async (): Promise<void> => {
  for (;;) {
    const request = next;
    next += 1;
    await pipeline.submit(submission({ request, spans: Number(spans) }));
    writeSync(STDOUT, `${request}\n`);
  }
};
await Promise.all(Array.from({ length: LANES }, lane));
