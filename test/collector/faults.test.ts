// An agent whose receiver answers nonsense or whose disk is full: its own results are those of an agent unrecorded.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runAgent } from './agent.ts';

const SCRIPT = `
  const t = start({ agent: 'desk' });
  let sum = 0;
  for (let i = 0; i < 1000; i += 1) task({}, () => {
    const decision = authorize({ permission: 'tool:a', tool_call_id: 'c' + i }, () => i % 3 !== 0);
    if (decision.allowed) sum += tool({ name: 'a', decision }, () => i);
  });
  await t.flush();
  console.log(sum);
  await t.shutdown();
`;
/** Of the numbers below 1,000 that three does not divide. */
const SUM = '332667\n';

/** Runs the agent with a receiver that answers so. */
const runWith = async (status: number, body: string, spool: string): Promise<unknown> => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await runAgent(SCRIPT, {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      FOOTPRINT_SPOOL: spool,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

describe.concurrent('an agent has its own result and nothing else', () => {
  it('where nothing is recorded', async () => {
    const bare = await runAgent(SCRIPT, { OTEL_SDK_DISABLED: 'true' });
    expect(bare).toMatchObject({ out: SUM, code: 0 });
  });

  it.each([
    [500, 'broken'],
    [413, ''],
    [404, '<html>'],
    [200, '\u0000garbage{{{'],
    [503, '{}'],
  ])('where its receiver answers %i %j', async (status, body) => {
    const spool = await mkdtemp(join(tmpdir(), 'footprint-faults-'));
    expect(await runWith(status, body, spool)).toMatchObject({ out: SUM, code: 0 });
    await rm(spool, { recursive: true, force: true });
  });

  it('where the disk of its spool is full', async ({ skip }) => {
    const spool = await mkdtemp(join(tmpdir(), 'footprint-full-'));
    const mount = ['-t', 'tmpfs', '-o', 'size=16k,mode=700', 'tmpfs', spool];
    const mounted = spawnSync('mount', mount).status === 0;
    try {
      if (!mounted) return skip('a small disk cannot be mounted here');
      expect(await runWith(503, '{}', spool)).toMatchObject({ out: SUM, code: 0 });
    } finally {
      if (mounted) spawnSync('umount', [spool]);
      await rm(spool, { recursive: true, force: true });
    }
  });
});
