// The real OpenFGA, recorded through its client: checks, batches, conditions that lack their context, and failures.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decisionOf, openfga } from '../../../collector/integrations/openfga.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { findBinary, freePort, installed } from './engines.ts';
import type { Check, Fga } from './openfga-store.ts';
import { clientOf, makeStore } from './openfga-store.ts';
import type { PolicyServer } from './servers.ts';
import { startOpenfga } from './servers.ts';

const binary = findBinary('openfga');
const possible = installed && binary !== undefined;

let recorder: Recorder;
let server: PolicyServer;
let store: { storeId: string; authorizationModelId: string };
let real: Fga;
let client: Fga;
beforeAll(async () => {
  recorder = startRecorder();
  if (!possible) return;
  server = await startOpenfga(binary);
  store = await makeStore(server.url);
  real = clientOf({ apiUrl: server.url, ...store });
  client = openfga(real);
}, 60_000);
afterAll(async () => {
  await recorder.stop();
  if (possible) await server.stop();
});
beforeEach(() => void recorder.take());
const recorded = (): Record<string, unknown>[] => recorder.take().map(told);

const user = 'agent:desk';
const object = 'document:d-1';

describe.skipIf(!possible)('openfga (skipped where no openfga was built)', () => {
  it('records a check with its relation as rule, and its store and model as policy', async () => {
    const answer = await client.check({ user, relation: 'reader', object });
    expect(answer.allowed).toBe(true);
    const spans = recorder.take();
    expect(spans.map(({ name, kind }) => ({ name, kind }))).toEqual([
      { name: 'authorize document:reader', kind: SpanKind.CLIENT },
    ]);
    expect(told(spans[0])).toEqual({
      'footprint.permission': 'document:reader',
      'footprint.principal.id': 'agent:desk',
      'footprint.principal.type': 'agent',
      'footprint.resource.type': 'document',
      'footprint.resource.id': 'd-1',
      'footprint.policy.engine': 'openfga',
      'footprint.policy.id': store.storeId,
      'footprint.policy.version': store.authorizationModelId,
      'footprint.policy.rules': ['document#reader'],
      'footprint.decision.id': decisionOf(answer)?.decision_id,
      'footprint.decision.effect': 'allow',
      'footprint.decision.enforcement': 'enforced',
      'footprint.decision.reason': 'permitted',
    });
  });

  it('records a denial as the lack of any relation', async () => {
    expect((await client.check({ user, relation: 'writer', object })).allowed).toBe(false);
    expect(recorded()).toMatchObject([
      {
        'footprint.decision.effect': 'deny',
        'footprint.decision.reason': 'default_deny',
        'footprint.policy.rules': [],
      },
    ]);
  });

  it('records each question of a batch once, and finds its decision by its answer', async () => {
    const checks = [
      { user, relation: 'reader', object },
      { user, relation: 'writer', object },
      // Its condition needs a time, which is not given: OpenFGA cannot evaluate it.
      { user, relation: 'visitor', object },
    ];
    const { result } = await client.batchCheck({ checks });
    expect(result).toHaveLength(3);
    const effects: Record<string, unknown> = Object.fromEntries(
      recorded().map((one) => [
        String(one['footprint.permission']),
        one['footprint.decision.effect'],
      ]),
    );
    expect(effects).toEqual({
      'document:reader': 'allow',
      'document:writer': 'deny',
      'document:visitor': 'error',
    });
    for (const one of result)
      expect(decisionOf(one)?.effect).toBe(effects[`document:${one.request.relation}`]);
  });

  it('records the questions that the client splits a batch into, once each', async () => {
    const { result } = await client.clientBatchCheck([
      { user, relation: 'reader', object },
      { user, relation: 'writer', object },
    ]);
    expect(result.map((one) => [one._request.relation, decisionOf(one)?.effect]).sort()).toEqual([
      ['reader', 'allow'],
      ['writer', 'deny'],
    ]);
    expect(recorded()).toHaveLength(2);
    const listed = await client.listRelations({ user, object, relations: ['reader', 'writer'] });
    expect(listed.relations).toEqual(['reader']);
    expect(recorded()).toHaveLength(2);
  });

  it('names the model that a call names, and the application’s own permission', async () => {
    const own = openfga(clientOf({ apiUrl: server.url, storeId: store.storeId }), {
      request: ({ relation }) => ({ permission: `drive:${relation}` }),
    });
    await own.check({ user, relation: 'reader', object });
    await own.check(
      { user, relation: 'reader', object },
      { authorizationModelId: store.authorizationModelId },
    );
    const spans = recorded();
    expect(spans.map((one) => one['footprint.permission'])).toEqual([
      'drive:reader',
      'drive:reader',
    ]);
    expect(spans.map((one) => one['footprint.policy.version'])).toEqual([
      undefined,
      store.authorizationModelId,
    ]);
  });

  it('records what OpenFGA refuses as an error, and throws the client’s own', async () => {
    const bad = { user, relation: 'no-such', object };
    const [mine, theirs] = await Promise.all(
      [client, real].map((one) => one.check(bad).then(String, (error: Error) => error.name)),
    );
    expect(mine).toBe(theirs);
    const [span] = recorder.take();
    expect(span?.attributes['footprint.decision.effect']).toBe('error');
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    await expect(client.batchCheck(undefined as never)).rejects.toThrow();
    expect(recorder.take()).toEqual([]);
  });

  it('records a server that is away as an error for each question', async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`;
    const away = openfga(clientOf({ apiUrl, ...store, retryParams: { maxRetry: 0 } }));
    const checks = ['reader', 'writer'].map((relation) => ({ user, relation, object }));
    await expect(away.batchCheck({ checks })).rejects.toThrow();
    expect(recorded().map((one) => one['footprint.decision.effect'])).toEqual(['error', 'error']);
  });

  it('keeps decisions apart that are asked for at once, and the rest of the client as it is', async () => {
    const relations = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? 'reader' : 'writer',
    );
    const answers = await Promise.all(
      relations.map((relation) => client.check({ user, relation, object })),
    );
    expect(answers.map((answer) => decisionOf(answer)?.allowed)).toEqual(
      relations.map((relation) => relation === 'reader'),
    );
    expect(recorded()).toHaveLength(20);
    expect(await client.readAuthorizationModels()).toBeTruthy();
    expect(recorder.take()).toEqual([]);
  });
});

/** The shape of OpenFGA's answers (its HTTP API 1.x), so that the client's own is tested where no server was built. */
const respond = (path: string, body: unknown): unknown => {
  const allowed = (tuple: { relation: string }): boolean => tuple.relation === 'reader';
  const { tuple_key, checks } = body as {
    tuple_key: Check;
    checks: { tuple_key: Check; correlation_id: string }[];
  };
  if (path.endsWith('/check')) return { allowed: allowed(tuple_key), resolution: '' };
  const error = { input_error: 'validation_error', message: 'no such relation' };
  return {
    result: Object.fromEntries(
      checks.map(({ tuple_key: tuple, correlation_id }) => [
        correlation_id,
        tuple.relation === 'visitor' ? { error } : { allowed: allowed(tuple) },
      ]),
    ),
  };
};

describe.skipIf(!installed)('the client of OpenFGA (skipped where it is not installed)', () => {
  it('is read by its shape alone: an answer, and a batch with one that failed', async () => {
    const loopback = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('content-type', 'application/json');
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        response.end(JSON.stringify(respond(request.url ?? '', body)));
      });
    });
    await new Promise<void>((resolve) => loopback.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(loopback.address() as AddressInfo).port}`;
    const shaped = openfga(clientOf({ apiUrl, storeId: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }));
    const answer = await shaped.check({ user, relation: 'reader', object });
    expect(decisionOf(answer)?.effect).toBe('allow');
    const checks = ['writer', 'visitor'].map((relation) => ({ user, relation, object }));
    await shaped.batchCheck({ checks });
    const effects = recorded().map((one) => one['footprint.decision.effect']);
    expect(effects).toEqual(['allow', 'deny', 'error']);
    loopback.closeAllConnections();
    await new Promise((resolve) => loopback.close(resolve));
  });
});
