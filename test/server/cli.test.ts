// The command line: help, versions, misspelt words, exit codes and the doctor, run as people run them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../server/cli.ts';
import type { Io } from '../../server/commands/command.ts';
import { portHolder } from '../../server/commands/holder.ts';
import { findApiCopies } from '../../server/commands/otel-api.ts';
import { progressLine } from '../../server/commands/progress.ts';
import { nearest } from '../../server/commands/suggest.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footprint-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

const call = async (...argv: string[]): Promise<{ code: number; out: string; err: string }> => {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    tty: false,
    now: () => Date.parse('2026-11-22T00:00:00Z'),
    cwd: folder,
    env: {},
    untilStopped: () => Promise.resolve('SIGTERM'),
  };
  const code = await run(argv, io);
  return { code, out, err };
};

describe('the command line', () => {
  it('prints its help to whoever asks and refuses an empty call with it', async () => {
    const asked = await call('--help');
    const empty = await call();
    expect([asked.code, asked.err, empty.code, empty.out]).toEqual([0, '', 2, '']);
    expect(asked.out).toBe(empty.err);
    for (const name of ['serve', 'import otlp', 'grants import', 'scan', 'doctor']) {
      expect(asked.out).toContain(`  ${name} `);
    }
  });

  it('minds no reader that goes away', async () => {
    const cli = new URL('../../server/cli.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [cli, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (err += piece));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, err]).toEqual([0, '']);
  });

  it.each([
    [['alerts', '--url', 'there'], 1, 'footprint: --url must be an http URL, got "there"\n'],
    [['alerts', '--fail-on', 'bad'], 2, '--fail-on must be one of info, low, medium, high'],
    [['alerts', '--data', 'none', '--port', '0'], 1, 'there is no data folder'],
    [['recommend', '--kind', 'all'], 2, '--kind must be one of separate_identity, '],
    [['recommend', '--format', 'xml'], 2, '--format must be one of text, json, csv, got "xml"'],
    [['recommend', '--data', 'none', '--port', '0'], 1, 'there is no data folder'],
    [['report', 'run', 'x', '--data', 'none', '--port', '0'], 1, 'there is no data folder'],
  ])('%j says why nothing can be asked', async (argv, code, why) => {
    const asked = await call(...argv);
    expect([asked.code, asked.out]).toEqual([code, '']);
    expect(asked.err).toContain(why);
  });

  it.each(['serve', 'import otlp', 'grants import', 'scan', 'doctor'])(
    '%s has a help and a version of its own',
    async (name) => {
      const help = await call(...name.split(' '), '--help');
      expect([help.code, help.out.startsWith(`Usage: footprint ${name}`)]).toEqual([0, true]);
      const version = await call(...name.split(' '), '--version');
      expect(version).toEqual({ code: 0, out: 'footprint 0.1.0\n', err: '' });
    },
  );

  it.each([
    [['serv'], 'footprint: there is no command "serv"; did you mean "serve"?'],
    [['import', 'otpl', 'a.json'], 'footprint: there is no command "import otpl a.json"; did you'],
    [['grants'], 'footprint: there is no command "grants"; did you mean "grants import"?'],
    [['frobnicate'], 'footprint: there is no command "frobnicate"\n'],
  ])('%j is answered with the nearest command', async (argv, message) => {
    const { code, err } = await call(...argv);
    expect([code, err.slice(0, message.length)]).toEqual([2, message]);
  });

  it.each([
    [['serve', '--prot', '1'], 'footprint: there is no flag --prot; did you mean --port?\n'],
    [['doctor', '--zzzzzzz'], 'there is no flag --zzzzzzz; there are --data, --host, --port,'],
    [['serve', '--port'], "Option '--port <value>' argument missing\n"],
    [['--prot'], 'there is no flag --prot; there are --help, --version'],
    [['--halp'], 'there is no flag --halp; did you mean --help?'],
    [['serve', 'now'], 'serve takes no "now"'],
    [['import', 'otlp'], 'import otlp needs at least one file'],
    [['import', 'otlp', 'missing.json'], 'there is no file missing.json'],
    [['grants', 'import', 'json'], 'grants import json takes a file'],
  ])('%j is a wrong call', async (argv, message) => {
    const { code, err } = await call(...argv);
    expect([code, err.includes(message)]).toEqual([2, true]);
  });

  it('lists all faults of the settings', async () => {
    const { code, err } = await call('serve', '--port', 'x', '--host', '0.0.0.0');
    expect(code).toBe(1);
    expect(err).toContain('--port must be');
    expect(err).toContain('--host must be');
  });
});

describe('the doctor', () => {
  it('says what is in force and from where, and names who holds the port', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const { code, out } = await call('doctor', '--port', String(port), '--grpc-port', 'off');
      expect(code).toBe(1);
      expect(out).toContain(`port           ${port}  (flag)`);
      expect(out).toContain(`data           ${join(folder, 'data')}  (default)`);
      expect(out).toContain(`port ${port} is in use by process ${process.pid}`);
      expect((await portHolder(port))?.pid).toBe(process.pid);
    } finally {
      taken.close();
    }
  });

  it('finds several versions of the OpenTelemetry API in a project', async () => {
    const install = async (path: string, version: string): Promise<void> => {
      await mkdir(join(folder, path), { recursive: true });
      await writeFile(join(folder, path, 'package.json'), JSON.stringify({ version }));
    };
    await install('node_modules/@opentelemetry/api', '1.10.0');
    await install('node_modules/sdk/node_modules/@opentelemetry/api', '1.9.0');
    const copies = await findApiCopies(folder);
    expect(copies.map((copy) => copy.version).sort()).toEqual(['1.10.0', '1.9.0']);
    const { out } = await call('doctor', '--port', '0', '--grpc-port', 'off');
    expect(out).toContain('bad  several versions of @opentelemetry/api');
  });
});

describe('small things people see', () => {
  it('progress says share, amount, rate and time left', () => {
    const mib = 1024 ** 2;
    expect(
      progressLine({
        label: 'import',
        done_bytes: 5 * mib,
        total_bytes: 20 * mib,
        elapsed_ms: 2000,
        note: '3 requests',
      }),
    ).toBe(
      'import [######------------------] 25 %  5.0 of 20.0 MiB  2.5 MiB/s  6 s left  3 requests',
    );
  });

  it('a word too far from all others has no neighbour', () => {
    expect([nearest('docter', ['doctor', 'serve']), nearest('zzzzzzz', ['doctor'])]).toEqual([
      'doctor',
      null,
    ]);
  });
});
