// Runs a script as an agent would be run: a process of its own that imports the collector.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ran {
  /** Standard output and error. */
  out: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  ms: number;
  /** Milliseconds since 1970, as the agent's own Date.now() tells them. */
  ended_at: number;
}

const IMPORTS = `
  import { start } from '${ROOT}collector/start.ts';
  import { authorize, task, tool } from '${ROOT}collector/index.ts';
`;

/** Resolves with what the script wrote and how it ended; nothing of this process's environment reaches it but PATH. */
export const runAgent = (
  script: string,
  env: Record<string, string> = {},
  watch: (out: string, child: ChildProcessWithoutNullStreams) => void = () => undefined,
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, ['--input-type=module', '-e', IMPORTS + script], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...env },
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      watch(out, child);
    });
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ out, code, signal, ms: performance.now() - began, ended_at: Date.now() }),
    );
  });
