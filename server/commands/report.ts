// footprint report list and report run: the reports of a running server, for people and for CI.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { EXIT, readArgs, usageError, type Command, type Io } from './command.ts';
import { readSettings, SETTING_OPTIONS } from './settings.ts';
import { openTarget, refusalOf, type Target } from './target.ts';

const FORMATS = ['text', 'html', 'md', 'csv', 'json'];
const SEVERITIES = ['info', 'low', 'medium', 'high'] as const;
/** How often the server is asked whether the run has ended. */
const POLL_MS = 200;
/** Longer than any run may take behind those that wait. */
const WAIT_MAX_MS = 20 * 60_000;

const counts = v.object({
  info: v.number(),
  low: v.number(),
  medium: v.number(),
  high: v.number(),
});
const runAnswer = v.object({
  id: v.string(),
  state: v.string(),
  title: v.string(),
  error: v.nullable(v.string()),
  row_count: v.nullable(v.number()),
  counts: v.nullable(counts),
});
type Run = v.InferOutput<typeof runAnswer>;
const reportsAnswer = v.object({
  rows: v.array(
    v.object({
      name: v.string(),
      title: v.string(),
      question: v.string(),
      fault: v.nullable(v.string()),
    }),
  ),
});

const COMMON = `  --url <url>            a running server (default: the one of the settings; without
                         one the data folder itself is opened)
  --data, --host, --port as of footprint serve
`;

export const reportList: Command = {
  name: 'report list',
  summary: 'list the reports, the built-in ones and those of your folder',
  help: `Usage: footprint report list [options]

Lists all reports with the question that each answers; a broken file with its fault.

Options:
${COMMON}`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      url: { type: 'string' },
    });
    if (positionals.length > 0) throw usageError('report list takes nothing');
    const target = await openTarget({
      url: values.url,
      config: readSettings(values, io).config,
      io,
    });
    try {
      const { rows } = v.parse(reportsAnswer, await ask(target, '/api/v1/reports', {}));
      for (const { name, question, fault } of rows) {
        io.out(`${name.padEnd(20)} ${fault === null ? question : `broken: ${fault}`}\n`);
      }
      return EXIT.done;
    } finally {
      await target.close();
    }
  },
};

export const reportRun: Command = {
  name: 'report run',
  summary: 'run a report; with --fail-on, fail where it has findings',
  help: `Usage: footprint report run <name> [options]

Runs a report on the server and prints it. The run is kept by the server.

Options:
  --format <format>      ${FORMATS.join(', ')} (default text: how the findings count)
  --out <file>           write it there instead of printing it
  --since <instant>      first instant counted (default: the report's own window)
  --until <instant>      first instant not counted (default: now)
  --environment <name>   one environment (default: all)
  --agent <name>         one agent, may be repeated (default: all)
  --fail-on <severity>   end with 1 where there is a finding of this severity or a
                         worse one: ${SEVERITIES.join(', ')}
${COMMON}
Ends with 0 when done, with 1 where --fail-on found something or the run failed,
with 2 when called wrongly.
`,
  async run(argv, io) {
    const { values, positionals } = readArgs(argv, {
      ...SETTING_OPTIONS,
      url: { type: 'string' },
      format: { type: 'string' },
      out: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      environment: { type: 'string' },
      agent: { type: 'string', multiple: true },
      'fail-on': { type: 'string' },
    });
    const [name, more] = positionals;
    if (name === undefined || more !== undefined) throw usageError('report run takes one report');
    const format = values.format ?? 'text';
    if (!FORMATS.includes(format)) {
      throw usageError(`--format must be one of ${FORMATS.join(', ')}, got "${format}"`);
    }
    const told = values['fail-on'];
    const least = SEVERITIES.find((severity) => severity === told);
    if (told !== undefined && least === undefined) {
      throw usageError(`--fail-on must be one of ${SEVERITIES.join(', ')}, got "${told}"`);
    }
    const target = await openTarget({
      url: values.url,
      config: readSettings(values, io).config,
      io,
      asks: true,
    });
    try {
      const { since, until, environment, agent } = values;
      const run = await runToEnd(target, io, name, { since, until, environment, agent });
      const text =
        format === 'text'
          ? summaryOf(run)
          : await (
              await send(target, `/api/v1/reports/runs/${run.id}?format=${format}`, {})
            ).text();
      if (values.out === undefined) io.out(text);
      else {
        await writeFile(resolve(io.cwd, values.out), text);
        io.err(summaryOf(run));
      }
      return judged(run, least, io);
    } finally {
      await target.close();
    }
  },
};

const runToEnd = async (target: Target, io: Io, name: string, params: object): Promise<Run> => {
  const began = io.now();
  const path = `/api/v1/reports/${encodeURIComponent(name)}/run`;
  const post = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  };
  let run = v.parse(runAnswer, await ask(target, path, post));
  let said = false;
  while (run.state === 'running') {
    const waited = io.now() - began;
    if (waited > WAIT_MAX_MS) throw new AppError('query_timeout', 'the run does not end');
    if (waited > 1000 && (io.tty || !said)) {
      said = true;
      const line = `running ${name}, ${Math.floor(waited / 1000)} s`;
      io.err(io.tty ? `\r\x1b[2K${line}` : `${line} …\n`);
    }
    await new Promise((resolved) => setTimeout(resolved, POLL_MS));
    run = v.parse(runAnswer, await ask(target, `/api/v1/reports/runs/${run.id}`, {}));
  }
  if (said && io.tty) io.err('\r\x1b[2K');
  if (run.state === 'failed') {
    throw new AppError('bad_request', `report ${name} failed: ${run.error ?? 'no reason is told'}`);
  }
  return run;
};

const summaryOf = (run: Run): string => {
  const found = [...SEVERITIES]
    .reverse()
    .flatMap((severity) =>
      (run.counts?.[severity] ?? 0) > 0 ? [`${run.counts?.[severity] ?? 0} ${severity}`] : [],
    );
  const findings = run.counts === null ? '' : `, ${found.join(', ') || 'no findings'}`;
  return `${run.title}: ${run.row_count ?? 0} row(s)${findings}\n`;
};

const judged = (run: Run, least: (typeof SEVERITIES)[number] | undefined, io: Io): number => {
  if (least === undefined) return EXIT.done;
  if (run.counts === null)
    throw usageError('this report has no severities: --fail-on says nothing');
  const { counts: by } = run;
  const found = SEVERITIES.slice(SEVERITIES.indexOf(least)).reduce((sum, one) => sum + by[one], 0);
  if (found === 0) return EXIT.done;
  io.err(`footprint: ${found} finding(s) of severity ${least} or worse\n`);
  return EXIT.failed;
};

const ask = async (target: Target, path: string, init: RequestInit): Promise<unknown> =>
  (await send(target, path, init)).json();

const send = async (target: Target, path: string, init: RequestInit): Promise<Response> => {
  const response = await target.send(path, init);
  if (response.ok) return response;
  throw new AppError('bad_request', await refusalOf(response));
};
