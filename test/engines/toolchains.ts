// What the tests need from other languages: Python's environment, Go's binaries, a listener and a scripted model.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../e2e/server.ts';

const ENGINES = join(ROOT, 'test/engines');
/** A child that hangs fails its test instead of the whole run. */
const CHILD_MS = 60_000;

/** The path of a tool below test/engines, or null: then says aloud what is skipped. */
const find = (path: string, skipped: string): string | null => {
  const file = join(ENGINES, path);
  if (existsSync(file)) return file;
  process.stderr.write(`SKIPPED: ${skipped}, since test/engines/${path} was not installed\n`);
  return null;
};

export const findPython = (): string | null =>
  find('python/venv/.footprint.json', 'agents in Python') &&
  join(ENGINES, 'python/venv/bin/python');
export const findGoAgent = (): string | null => find('go/bin/agent', 'agents in Go');
export const findOtelcol = (): string | null => find('go/bin/otelcol', 'OpenTelemetry Collector');

/** Runs a program to its end and resolves with its output. Throws what it said where it fails. */
export const runProgram = (
  file: string,
  args: readonly string[],
  { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: CHILD_MS };
    const child = spawn(file, args, options);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${file} ended with code ${code ?? 'none'}:\n${out}${err}`));
    });
  });

export const hasGo = (): boolean => spawnSync('go', ['version']).status === 0;

/** Code blocks of a page in one language, in their order. */
export const blocks = async (page: string, language: string): Promise<string[]> => {
  const text = await readFile(join(ROOT, page), 'utf8');
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, code]) =>
    name === language && code !== undefined ? [code] : [],
  );
};

export interface Listener {
  url: string;
  /** Paths and bodies of what was posted to it. */
  got: { path: string; body: Buffer }[];
  close: () => Promise<void>;
}

/** A server on loopback that keeps what is posted to it and answers with JSON. */
export const startListener = async (
  answer: (body: Buffer) => unknown = () => ({}),
): Promise<Listener> => {
  const got: Listener['got'] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      got.push({ path: request.url ?? '', body });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(body)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, got, close };
};

interface Chat {
  messages: { role: string }[];
}

/** An OpenAI-compatible model that calls read_order once and then answers. */
export const startModel = (): Promise<Listener> =>
  startListener((body) => {
    const { messages } = JSON.parse(body.toString()) as Chat;
    const done = messages.some(({ role }) => role === 'tool');
    const call = { name: 'read_order', arguments: '{"number":7}' };
    const message = done
      ? { role: 'assistant', content: 'It is paid.' }
      : { role: 'assistant', tool_calls: [{ id: 'call_1', type: 'function', function: call }] };
    return {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'scripted',
      choices: [{ index: 0, message, finish_reason: done ? 'stop' : 'tool_calls' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    };
  });
