// A transcript of more than 100 MB: read line by line in a process whose memory is measured.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../../server/scan/scan.ts';
import { ROOT } from '../../e2e/server.ts';
import { session } from './home.ts';

const MB = 1024 * 1024;
const SIZE_BYTES = 110 * MB;
/** Longer than any line that is held. */
const LONG_LINE_BYTES = 40 * MB;
/** The long line that is given up at 32 MiB, beside Node itself, which takes some 60. */
const MEMORY_MAX_MB = 220;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footprint-scan-large-'));
});
afterAll(() => rm(folder, { recursive: true }));

it(
  'is read whole, with one line passed over, in bounded memory',
  { timeout: 120_000 },
  async () => {
    const file = createWriteStream(join(folder, 'large.jsonl'));
    const write = async (text: string): Promise<number> => {
      if (!file.write(text)) await once(file, 'drain');
      return text.length;
    };
    const content = 'A'.repeat(60_000);
    let written = 0;
    let sessions = 0;
    while (written < SIZE_BYTES - LONG_LINE_BYTES) {
      sessions += 1;
      const input = { command: 'git status' };
      const edit = { tool: 'Write', input: { file_path: '/x', content } };
      const calls = [{ tool: 'Bash', input }, edit, edit];
      written += await write(session(`s-${sessions}`, '/x', 0, calls));
    }
    await write(`{"type":"user","cwd":"/x","message":"`);
    for (let sent = 0; sent < LONG_LINE_BYTES; sent += MB) await write('B'.repeat(MB));
    await write('"}\n');
    await write(session('s-last', '/x', 1, [{ tool: 'mcp__a__b' }]));
    file.end();
    await once(file, 'close');

    // What was held at most, by sampling: the kernel's own maximum counts the process that started it too.
    const probe = join(folder, 'probe.mjs');
    const sampling = `let most = 0;
    setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5).unref();
    process.on('exit', () => process.stderr.write('\\nRSS ' + most));`;
    await writeFile(probe, sampling);
    const args = [join(ROOT, 'server/cli.ts'), 'scan', join(folder, 'large.jsonl')];
    const child = spawn(process.execPath, ['--import', probe, ...args, '--format', 'json']);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];

    const { agents, problems } = JSON.parse(out) as Report;
    expect(problems.map(({ problem }) => problem)).toEqual(['has 1 line(s) too long to read']);
    expect(code).toBe(1);
    const used = agents.find(({ project }) => project === '/x')?.without_rule;
    expect(used?.map(({ name, uses, sessions: seen }) => [name, uses, seen])).toEqual([
      ['Write', 2 * sessions, sessions],
      ['Bash(git status:*)', sessions, sessions],
      ['mcp__a__b', 1, 1],
    ]);
    const held_mb = Number(/RSS (\d+)/.exec(err)?.[1]) / MB;
    expect(held_mb).toBeGreaterThan(30);
    expect(held_mb).toBeLessThan(MEMORY_MAX_MB);
  },
);
