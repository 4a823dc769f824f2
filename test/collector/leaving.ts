// What leaves the process of an agent that handles planted secrets: its requests byte for byte, and the files of its spool.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Canary } from '../server/redact-canaries.ts';
import { runAgent } from './agent.ts';

/**
 * Runs the script, which finds the texts as JSON in the file PLANTED; returns the bytes that its receiver got, those on
 * its disk, and what it wrote to its output.
 */
export const leaving = async (
  script: string,
  texts: readonly string[],
  env: Record<string, string> = {},
): Promise<{ wire: string; disk: string; out: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'footprint-canaries-'));
  let wire = '';
  const server = createServer((request, response) => {
    wire += JSON.stringify(request.headers) + (request.url ?? '');
    request.setEncoding('utf8').on('data', (chunk: string) => (wire += chunk));
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await writeFile(join(folder, 'planted'), JSON.stringify(texts));
    const spool = join(folder, 'spool');
    const { out, code } = await runAgent(script, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_BSP_MAX_QUEUE_SIZE: '20000',
      FOOTPRINT_SPOOL: spool,
      PLANTED: join(folder, 'planted'),
      ...env,
    });
    expect([code, code === 0 ? '' : out]).toEqual([0, '']);
    const names = await readdir(spool, { recursive: true }).catch(() => []);
    const kept = names.filter((name) => name.endsWith('.spans'));
    const files = await Promise.all(kept.map((name) => readFile(join(spool, name), 'utf8')));
    return { wire, disk: files.join(''), out };
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
};

/** The kinds that are left in a text. Escapes of JSON are taken off until a secret would stand as it was planted. */
export const survivors = (planted: readonly Canary[], text: string): string[] => {
  const bare = text.replaceAll('\\', '');
  const left = planted.filter(({ secrets }) => secrets.some((secret) => bare.includes(secret)));
  return left.map(({ kind }) => kind);
};
