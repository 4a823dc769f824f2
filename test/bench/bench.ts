// npm run bench -- <ingest|query|collector|web> [--json] [--spans N]: each ends with one line of JSON.
import { parseArgs } from 'node:util';

const USAGE = `usage: npm run bench -- <ingest|query|collector|web> [--json] [--spans N]

  ingest     spans a second from HTTP to durable, stored and settled, beside the obvious build
  query      p50 and p95 of every dashboard question
  collector  what recording costs an agent beside a bare span: time and bytes a call, CPU, memory
  web        what the dashboard costs its reader: JavaScript, time to the first number, frames

  --json     only the closing line of JSON
  --spans N  spans stored for query (default 1000000 and 10000000) and web
             (default 10000000), sent for ingest (default by time)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, spans: { type: 'string' }, help: { type: 'boolean' } },
});
const say = (text: string) => {
  if (values.json !== true) process.stderr.write(`${text}\n`);
};
const spans = values.spans === undefined ? null : Number(values.spans);

const run = async (): Promise<object> => {
  if (positionals[0] === 'ingest') return (await import('./ingest.ts')).benchIngest({ say, spans });
  if (positionals[0] === 'query') return (await import('./query.ts')).benchQuery({ say, spans });
  if (positionals[0] === 'collector')
    return (await import('./collector.ts')).benchCollector({ say });
  if (positionals[0] === 'web') return (await import('./web.ts')).benchWeb({ say, spans });
  throw new Error(USAGE);
};

if (values.help === true) process.stdout.write(`${USAGE}\n`);
else
  run().then(
    (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
