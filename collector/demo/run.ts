// `npm run demo`: runs the agents against a running server and says which pages show what they did.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HELP, readOptions } from './options.ts';

/** A server on the same machine answers in milliseconds; a longer silence means that none is there. */
const PROBE_MS = 3000;
const MILLIS = 1000;
const WRONG_USE = 2;

const AGENTS = [
  ['procurement-agent', 'holds the ordering rights of a trial, and only compares offers'],
  ['migration-agent', 'keeps its schema rights long after the one step that needs them'],
  ['support-agent', 'runs as its user, obeys a ticket, and is stopped by a rule'],
  ['calendar-assistant', 'holds five scopes and uses one'],
  ['invoicing-agent', 'behaves: 60-second tokens, exchanged and given back, all cleaned up'],
  ['notes-keeper', 'has no line of Footprint code: what any OpenTelemetry agent shows'],
] as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

const isRunning = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) });
    return answer.ok;
  } catch {
    return false;
  }
};

/** Runs one agent in a process of its own, with nothing but the settings that any agent is given. */
const runAgent = (agent: string, url: string, days: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(`${agent}.ts`, import.meta.url));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_RESOURCE_ATTRIBUTES:
          'deployment.environment.name=demo' +
          (agent === 'notes-keeper' ? '' : ',footprint.demo.clock=moved'),
        OTEL_NODE_RESOURCE_DETECTORS: 'env',
        // What a demo could not send is of no use to a later run.
        FOOTPRINT_SPOOL: 'off',
        FOOTPRINT_DEMO_DAYS: String(days),
      },
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

const whereToLook = (url: string): string =>
  [
    '',
    'Open:',
    `  ${url}/agents/calendar-assistant  five scopes granted, one used`,
    `  ${url}/agents/procurement-agent   ordering rights that only a trial used`,
    `  ${url}/tokens                     given back, never used, and held long after the last use`,
    `  ${url}/decisions?effect=deny      by a rule, by default, for want of a scope; one told by a ticket`,
    `  ${url}/sessions?agent=migration-agent  the schema token held for the hour, a dump left behind`,
    `  ${url}/agents/invoicing-agent     nothing to take back`,
  ].join('\n');

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2), process.env);
  if ('help' in options) {
    say(HELP);
    return 0;
  }
  if ('wrong' in options) {
    complain(options.wrong);
    return WRONG_USE;
  }
  const { url, days } = options;
  if (!(await isRunning(url))) {
    complain(
      `No Footprint server answers at ${url}. Start one with "npm start" in another terminal, ` +
        'or set FOOTPRINT_URL to where it runs.',
    );
    return 1;
  }
  const began = Date.now();
  for (const [index, [agent, does]] of AGENTS.entries()) {
    say(`[${index + 1}/${AGENTS.length}] ${agent} ${does}`);
    const code = await runAgent(agent, url, days);
    if (code === 0) continue;
    complain(`${agent} ended with code ${code}`);
    return code;
  }
  const history = days === 0 ? 'today' : `today and the ${days} days before`;
  say(`Done in ${Math.round((Date.now() - began) / MILLIS)} s: ${history}, environment "demo".`);
  say(whereToLook(url));
  return 0;
};

process.exitCode = await main();
