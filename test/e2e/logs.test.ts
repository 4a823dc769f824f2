// Log records through real doors: what Claude Code, Deno and our own events tell becomes decisions and uses, and the rest is counted.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from '../collector/packed.ts';
import { bytesBelow } from './kept-bytes.ts';
import { runScript, startServer, type RunningServer } from './server.ts';

const SETTLED = { timeout: 30_000, interval: 250 };
const NOW = Date.now() - 60_000;
/** Its packages for other platforms have other names. */
const DENO = join(ENGINES, 'deno/node_modules/@deno/linux-x64-glibc/deno');
if (!existsSync(DENO)) process.stderr.write('SKIPPED: a real Deno, since none is installed\n');

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
}, 60_000);
afterAll(() => server.remove());

const attributesOf = (of: Record<string, string>) =>
  Object.entries(of).map(([key, value]) => ({ key, value: { stringValue: value } }));
const post = (resource: Record<string, string>, records: Record<string, string>[]) =>
  fetch(`${server.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: attributesOf(resource) },
          scopeLogs: [
            {
              logRecords: records.map((attributes, i) => ({
                timeUnixNano: `${NOW + i}000000`,
                body: { stringValue: attributes['event.name'] ?? '' },
                attributes: attributesOf(attributes),
              })),
            },
          ],
        },
      ],
    }),
  });

interface Decision {
  permission: string;
  effect: string;
  executed: boolean;
}
interface Approval extends Decision {
  approval_outcome: string | null;
}
const decisionsOf = async (agent: string): Promise<Record<string, string[]>> => {
  const rows = await server.rows<Decision>(`/api/v1/decisions?agent=${agent}`);
  const told: Record<string, string[]> = {};
  for (const { permission, effect } of rows) (told[permission] ??= []).push(effect);
  return told;
};
const usesOf = async (agent: string): Promise<Record<string, number>> => {
  const rows = await server.rows<{ permission: string; uses: number }>(
    `/api/v1/surface?agent=${agent}`,
  );
  return Object.fromEntries(
    rows.filter(({ uses }) => uses > 0).map(({ permission, uses }) => [permission, uses]),
  );
};
const passedOver = async (): Promise<number> => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^footprint_log_records_passed_over_total (\d+)$/m.exec(text)?.[1]);
};

describe('log records', () => {
  const common = { 'session.id': 's1', 'prompt.id': 'p1', 'user.id': 'ann' };
  const call = (id: string, tool_name: string, decision: string, source: string) => ({
    ...common,
    'event.name': 'tool_decision',
    tool_use_id: id,
    tool_name,
    decision,
    source,
  });
  const result = (id: string, tool_name: string) => ({
    ...common,
    'event.name': 'tool_result',
    tool_use_id: id,
    tool_name,
    success: 'true',
    duration_ms: '5',
    tool_parameters: '{"bash_command":"cat canary-of-content"}',
  });
  const records = [
    call('t1', 'Bash', 'accept', 'user_temporary'),
    result('t1', 'Bash'),
    call('t2', 'mcp__files__read_file', 'accept', 'config'),
    result('t2', 'mcp__files__read_file'),
    call('t3', 'Write', 'reject', 'user_reject'),
    { ...common, 'event.name': 'user_prompt', prompt: 'canary-of-content' },
  ];

  it('of Claude Code are decisions and uses, the same ones when sent twice', async () => {
    for (let i = 0; i < 2; i++) {
      const answer = await post({ 'service.name': 'claude-code' }, records);
      expect([answer.status, await answer.json()]).toEqual([200, {}]);
    }
    await expect
      .poll(() => usesOf('claude-code'), SETTLED)
      .toEqual({ 'tool:Bash': 1, 'mcp.files:read_file': 1 });
    expect(await decisionsOf('claude-code')).toEqual({
      'tool:Bash': ['require_approval'],
      'mcp.files:read_file': ['allow'],
      'tool:Write': ['require_approval'],
    });
    expect(await passedOver()).toBe(2);
    const approvals = await server.rows<Approval>('/api/v1/decisions?agent=claude-code');
    approvals.sort((a, b) => a.permission.localeCompare(b.permission));
    expect(approvals).toMatchObject([
      { permission: 'mcp.files:read_file', approval_outcome: null, executed: true },
      { permission: 'tool:Bash', approval_outcome: 'approved', executed: true },
      { permission: 'tool:Write', approval_outcome: 'denied', executed: false },
    ]);
  });

  it('of Deno are accesses to hosts, without what a URL hides', async () => {
    await post({ 'service.name': 'deno-agent' }, [
      { 'deno.permission.type': 'net', 'deno.permission.value': 'https://u:secret@a.example/p?q' },
      { 'deno.permission.type': 'read', 'deno.permission.value': '/etc/hosts' },
    ]);
    await expect
      .poll(() => usesOf('deno-agent'), SETTLED)
      .toEqual({ 'deno:net': 1, 'deno:read': 1 });
    expect(await server.rows('/api/v1/decisions?agent=deno-agent')).toEqual([]);
    const [session] = await server.rows<{ session: string }>('/api/v1/sessions?agent=deno-agent');
    expect(session).toBeDefined();
  });

  it('of our own names are what the span of that name is', async () => {
    await post({ 'service.name': 'own-agent' }, [
      {
        'event.name': 'authorize',
        'footprint.permission': 'oauth:mail.send',
        'footprint.decision.effect': 'deny',
      },
    ]);
    await expect
      .poll(() => decisionsOf('own-agent'), SETTLED)
      .toEqual({ 'oauth:mail.send': ['deny'] });
  });

  it.each(['proto', 'grpc'])('come from the real exporter in %s', async (encoding) => {
    const url = encoding === 'grpc' ? server.grpc_url : server.url;
    const told = [
      {
        eventName: 'claude_code.tool_result',
        attributes: {
          tool_name: `Tool_${encoding}`,
          tool_use_id: encoding,
          'session.id': encoding,
          success: 'true',
        },
      },
      { body: 'a sentence of a program', attributes: {} },
    ];
    const before = await passedOver();
    await runScript('test/engines/otel-2/send-logs.mjs', [url, encoding, JSON.stringify(told)]);
    await expect
      .poll(() => usesOf('claude-code'), SETTLED)
      .toMatchObject({ [`tool:Tool_${encoding}`]: 1 });
    expect(await passedOver()).toBe(before + 1);
  });

  it('that are too wide are named in the answer, and the others are kept', async () => {
    const wide = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, 'v']));
    const kept = { ...result('t9', 'Kept'), 'session.id': 's9' };
    const answer = await post({ 'service.name': 'claude-code' }, [wide, kept]);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        partialSuccess: {
          rejectedLogRecords: '1',
          errorMessage: 'a log record has more than 1000 attributes',
        },
      },
    ]);
    await expect.poll(() => usesOf('claude-code'), SETTLED).toMatchObject({ 'tool:Kept': 1 });
  });

  it('that cannot be read are refused', async () => {
    for (const [type, body] of [
      ['application/json', '{"resourceLogs":[{"scopeLogs":3}]}'],
      ['application/x-protobuf', Buffer.of(10, 200, 1, 2)],
    ] as const) {
      const answer = await fetch(`${server.url}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect(answer.status).toBe(400);
    }
  });

  describe.skipIf(!existsSync(DENO))('of a real Deno (skipped where it is not installed)', () => {
    const folder = join(ENGINES, 'deno');
    const agent = async (audit: string) => {
      const allowed = ['--allow-read=./package.json', '--allow-env=HOME', '--allow-net=127.0.0.1'];
      const args = ['run', '--no-prompt', '--quiet', ...allowed, 'agent.ts', server.url];
      await promisify(execFile)(DENO, args, {
        cwd: folder,
        env: {
          HOME: tmpdir(),
          OTEL_DENO: audit === 'otel' ? 'true' : '',
          OTEL_SERVICE_NAME: 'real-deno',
          OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
          DENO_AUDIT_PERMISSIONS: audit,
          DENO_NO_UPDATE_CHECK: '1',
        },
      });
    };
    // A refused read is one of the two, and a fetch is told by its URL and by its host.
    const uses = { 'deno:env': 1, 'deno:net': 2, 'deno:read': 2 };

    it('are what it sends itself', async () => {
      await agent('otel');
      await expect.poll(() => usesOf('real-deno'), SETTLED).toEqual(uses);
    });

    it('are the same from its file, once however often that is read', async () => {
      const audit = join(await mkdtemp(join(tmpdir(), 'footprint-deno-')), 'audit.jsonl');
      await agent(audit);
      await appendFile(audit, '\nno record\n{"v":1,"permission":"read"}\n');
      const script = 'server/cli.ts';
      const told = ['import', 'deno', '--agent', 'filed-deno', '--url', server.url, audit];
      for (let times = 0; times < 2; times++) {
        const failed = await runScript(script, told).then(String, String);
        expect(failed).toContain('2 line(s) were wrong and passed over; the others are kept');
        expect(failed).toContain('audit.jsonl, line 7: it is no record');
      }
      await expect.poll(() => usesOf('filed-deno'), SETTLED).toEqual(uses);
      await rm(dirname(audit), { recursive: true });
    });
  });

  it('leave nothing of prompts and parameters in the data folder', async () => {
    await server.stop();
    const kept = bytesBelow(server.data);
    expect(kept.some((bytes) => bytes.includes('claude-code'))).toBe(true);
    expect(kept.filter((bytes) => bytes.includes('canary-of-content'))).toEqual([]);
    expect(kept.filter((bytes) => bytes.includes('u:secret'))).toEqual([]);
    expect(kept.filter((bytes) => bytes.includes('canary-of-deno-71'))).toEqual([]);
  });
});
