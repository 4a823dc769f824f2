// `npm run demo`: runs both agents against a running server and says which pages show what they did.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const DEFAULT_URL = 'http://127.0.0.1:4318';
/** A server on the same machine answers in milliseconds; a longer silence means that none is there. */
const PROBE_MS = 3000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);
const base = (process.env['FOOTPRINT_URL'] ?? DEFAULT_URL).replace(/\/+$/, '');

const isRunning = async (): Promise<boolean> => {
  try {
    const answer = await fetch(`${base}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) });
    return answer.ok;
  } catch {
    return false;
  }
};

/** Runs one agent in a process of its own, with nothing but the lines that any agent is given. */
const runAgent = (file: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: base },
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

const main = async (): Promise<number> => {
  if (!(await isRunning())) {
    complain(
      `No Footprint server answers at ${base}. Start one with "npm start" in another terminal, ` +
        'or set FOOTPRINT_URL to where it runs.',
    );
    return 1;
  }
  const agents = [
    { file: 'plain-agent.ts', says: 'an agent without a line of Footprint code' },
    { file: 'footprint-agent.ts', says: 'the same kind of agent with @footprint/collector' },
  ];
  for (const [index, { file, says }] of agents.entries()) {
    say(`\n[${index + 1}/${agents.length}] ${says}`);
    const code = await runAgent(file);
    if (code !== 0) return code;
  }
  say(
    [
      '',
      'Open:',
      `  ${base}/agents/notes-keeper    tools offered against tools used, from its framework's spans alone`,
      `  ${base}/agents/desk-assistant  the same with decisions, tokens and a policy's surface`,
      `  ${base}/tokens                 one revoked, one never used, one used after its session`,
      `  ${base}/decisions              allowed, forbidden by a rule, denied by default`,
    ].join('\n'),
  );
  return 0;
};

process.exitCode = await main();
