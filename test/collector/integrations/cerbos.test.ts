// The real Cerbos, recorded through its client and its AuthZEN endpoint: decisions, ids in its audit log, and failures.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cerbos, cerbosAuthzen, decisionOf } from '../../../collector/integrations/cerbos.ts';
import type { CerbosOptions } from '../../../collector/integrations/cerbos.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { cerbosInstalled, freePort, load } from './engines.ts';
import type { CerbosServer } from './servers.ts';
import { startCerbos } from './servers.ts';

if (!cerbosInstalled)
  process.stderr.write('SKIPPED: Cerbos, since no binary of it is installed for this platform\n');

interface Result {
  isAllowed(action: string): boolean | undefined;
  metadata?: unknown;
}
interface Ask {
  principal: { id: string; roles: string[] };
  requestId?: string;
  includeMetadata?: boolean;
}
interface Thing {
  kind: string;
  id: string;
  attr?: Record<string, boolean>;
}
interface Client {
  checkResources(
    ask: Ask & { resources: { resource: Thing; actions: string[] }[] },
  ): Promise<{ requestId: string; results: Result[] }>;
  checkResource(ask: Ask & { resource: Thing; actions: string[] }): Promise<Result>;
  isAllowed(ask: Ask & { resource: Thing; action: string }): Promise<boolean>;
  serverInfo(): Promise<{ version: string }>;
}

const principal = { id: 'a1', roles: ['agent'] };
const mail: Thing = { kind: 'mail', id: 'm-1', attr: { approved: false } };

let recorder: Recorder;
let server: CerbosServer;
let HTTP: new (url: string) => Client;
let real: Client;
let client: Client;
beforeAll(async () => {
  recorder = startRecorder();
  if (!cerbosInstalled) return;
  ({ HTTP } = load<{ HTTP: typeof HTTP }>('@cerbos/http'));
  server = await startCerbos();
  real = new HTTP(server.url);
  client = cerbos(real);
});
afterAll(async () => {
  await recorder.stop();
  if (cerbosInstalled) await server.stop();
});
beforeEach(() => void recorder.take());

const recorded = (): Record<string, unknown>[] => recorder.take().map(told);
/** Cerbos writes its audit log a moment later. */
const audited = async (requestId: string): Promise<void> => {
  const ids = async (): Promise<unknown[]> =>
    (await server.audit()).flatMap((entry) =>
      entry.checkResources.inputs.map((input) => input.requestId),
    );
  await expect.poll(ids, { timeout: 10_000, interval: 100 }).toContain(requestId);
};

describe.skipIf(!cerbosInstalled)('cerbos (skipped where its binary is not installed)', () => {
  it('records the matched policy and its version, under the id of Cerbos’ audit log', async () => {
    const result = await client.checkResource({ principal, resource: mail, actions: ['read'] });
    expect(result.isAllowed('read')).toBe(true);
    const decision = decisionOf(result);
    const spans = recorder.take();
    expect(spans.map(({ name, kind }) => ({ name, kind }))).toEqual([
      { name: 'authorize mail:read', kind: SpanKind.CLIENT },
    ]);
    expect(told(spans[0])).toEqual({
      'footprint.permission': 'mail:read',
      'footprint.principal.id': 'a1',
      'footprint.principal.type': 'agent',
      'footprint.resource.type': 'mail',
      'footprint.resource.id': 'm-1',
      'footprint.policy.engine': 'cerbos',
      'footprint.policy.id': 'resource.mail.vdefault',
      'footprint.policy.version': 'default',
      'footprint.policy.rules': ['resource.mail.vdefault'],
      'footprint.decision.id': decision?.decision_id,
      'footprint.decision.effect': 'allow',
      'footprint.decision.enforcement': 'enforced',
      'footprint.decision.reason': 'permitted',
    });
    await audited(decision?.decision_id ?? 'none');
  });

  it('records one decision for each resource and action, and finds each again', async () => {
    const response = await client.checkResources({
      principal,
      requestId: 'r-7',
      resources: [
        { resource: mail, actions: ['read', 'send', 'delete'] },
        { resource: { kind: 'unknown', id: 'u-1' }, actions: ['read'] },
      ],
    });
    expect(response.requestId).toBe('r-7');
    expect(
      recorded()
        .map((one) => [
          one['footprint.decision.id'],
          one['footprint.permission'],
          one['footprint.decision.effect'],
          one['footprint.decision.reason'],
          one['footprint.policy.rules'],
        ])
        .sort(),
    ).toEqual([
      ['r-7#0', 'mail:read', 'allow', 'permitted', ['resource.mail.vdefault']],
      ['r-7#1', 'mail:send', 'deny', 'denied', ['resource.mail.vdefault']],
      ['r-7#2', 'mail:delete', 'deny', 'denied', ['resource.mail.vdefault']],
      ['r-7#3', 'unknown:read', 'deny', 'default_deny', []],
    ]);
    expect(decisionOf(response, { permission: 'mail:send' })?.decision_id).toBe('r-7#1');
    expect(decisionOf(response, { resource: 'u-1' })?.decision_id).toBe('r-7#3');
    expect(decisionOf(response.results[0], { permission: 'mail:delete' })?.effect).toBe('deny');
    expect(decisionOf(response, { permission: 'mail:print' })).toBeUndefined();
    await audited('r-7');
  });

  it('records isAllowed once, and its answer is Cerbos’ own', async () => {
    expect(await client.isAllowed({ principal, resource: mail, action: 'delete' })).toBe(false);
    expect(recorded()).toMatchObject([
      { 'footprint.permission': 'mail:delete', 'footprint.decision.effect': 'deny' },
    ]);
  });

  it('takes an approval from a rule’s output, and leaves what Cerbos said', async () => {
    const options: CerbosOptions = {
      policy: { version: '2026-11' },
      answer: ({ outputs = [] }, { action }) =>
        outputs.some((output) => output.action === action && output.value !== undefined)
          ? { effect: 'require_approval' }
          : undefined,
    };
    const asking = cerbos(real, options);
    const result = await asking.checkResource({ principal, resource: mail, actions: ['send'] });
    expect(result.isAllowed('send')).toBe(false);
    expect(recorded()).toMatchObject([
      { 'footprint.decision.effect': 'require_approval', 'footprint.policy.version': '2026-11' },
    ]);
  });

  it('asks for no metadata where the call says no, and then knows no policy', async () => {
    const ask = { principal, resource: mail, actions: ['read'], includeMetadata: false };
    expect((await client.checkResource(ask)).metadata).toBeUndefined();
    const [one = {}] = recorded();
    expect(one).toMatchObject({
      'footprint.decision.effect': 'allow',
      'footprint.policy.rules': [],
    });
    expect(one).not.toHaveProperty('footprint.policy.id');
  });

  it('records a server that is away as an error, and throws the client’s own', async () => {
    const away = cerbos(new HTTP(`http://127.0.0.1:${await freePort()}`));
    const asked = away.checkResource({ principal, resource: mail, actions: ['read', 'send'] });
    await expect(asked).rejects.toThrow();
    const spans = recorder.take();
    expect(spans.map((span) => span.attributes['footprint.decision.effect'])).toEqual([
      'error',
      'error',
    ]);
    expect(spans[0]?.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('answers bad input as the client does, without a decision where none was asked for', async () => {
    const bad = { principal } as unknown as Parameters<Client['checkResources']>[0];
    const why = (one: Client): Promise<string> => one.checkResources(bad).then(String, String);
    expect(await why(client)).toBe(await why(real));
    expect(recorder.take()).toEqual([]);
    const refused = client.checkResource({
      principal: { id: '', roles: [] },
      resource: mail,
      actions: ['read'],
    });
    await expect(refused).rejects.toThrow();
    expect(recorded()).toMatchObject([{ 'footprint.decision.effect': 'error' }]);
    expect((await client.serverInfo()).version).toBe((await real.serverInfo()).version);
  });

  it('keeps decisions apart that are asked for at once', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `m-${index}`);
    const results = await Promise.all(
      ids.map((id) =>
        client.checkResource({ principal, resource: { ...mail, id }, actions: ['read'] }),
      ),
    );
    const byResource = new Map(
      recorded().map((one) => [one['footprint.resource.id'], one['footprint.decision.id']]),
    );
    expect(results.map((result) => decisionOf(result)?.decision_id)).toEqual(
      ids.map((id) => byResource.get(id)),
    );
  });
});

describe.skipIf(!cerbosInstalled)(
  'cerbos by AuthZEN (skipped where its binary is not installed)',
  () => {
    const subject = { type: 'agent', id: 'a1', properties: { 'cerbos.roles': ['agent'] } };
    const resource = { type: 'mail', id: 'm-1' };

    it('records a bare decision, under the id that reaches Cerbos’ audit log', async () => {
      const pdp = cerbosAuthzen(server.url);
      const decision = await pdp.evaluation({ subject, action: { name: 'read' }, resource });
      expect(decision).toMatchObject({
        effect: 'allow',
        allowed: true,
        response: { decision: true },
      });
      expect(recorded()).toMatchObject([
        {
          'footprint.permission': 'mail:read',
          'footprint.policy.engine': 'cerbos',
          'footprint.decision.id': decision.decision_id,
          'footprint.decision.reason': 'permitted',
          'footprint.policy.rules': [],
        },
      ]);
      await audited(decision.decision_id);
    });

    it('records several of one request', async () => {
      const pdp = cerbosAuthzen(server.url);
      const decisions = await pdp.evaluations(
        ['read', 'delete'].map((name) => ({ subject, action: { name }, resource })),
      );
      expect(decisions.map(({ effect }) => effect)).toEqual(['allow', 'deny']);
      expect(recorded().map((one) => one['footprint.decision.id'])).toEqual(
        decisions.map((one) => one.decision_id),
      );
      await audited(decisions[0]?.decision_id.split('#')[0] ?? 'none');
    });

    it('fails closed where Cerbos refuses the request', async () => {
      const pdp = cerbosAuthzen(server.url);
      const nobody = { type: 'agent', id: '' };
      const decision = await pdp.evaluation({
        subject: nobody,
        action: { name: 'read' },
        resource,
      });
      expect(decision).toMatchObject({
        effect: 'error',
        allowed: false,
        enforcement: 'fail_closed',
      });
      expect(recorder.take()[0]?.attributes['error.type']).toBe('http_400');
    });
  },
);
