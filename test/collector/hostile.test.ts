// The host's process: whatever is handed over, nothing of ours throws into it, and its own values and errors pass.
import { context, diag, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  approval,
  authorize,
  credential,
  fingerprint,
  processor,
  resource,
  surface,
  task,
  tool,
} from '../../collector/index.ts';
import type { Approval, Decision } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder } from './recorder.ts';

const boom = (): never => {
  throw new Error('hostile');
};
const circular: Record<string, unknown> = { name: 'loop' };
circular['self'] = circular;
const revoked = Proxy.revocable({}, {});
revoked.revoke();

const hostile: readonly unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  Symbol('s'),
  10n,
  '',
  'x'.repeat(3_000_000),
  () => 1,
  boom,
  circular,
  revoked.proxy,
  new Proxy({}, { get: boom, has: boom, ownKeys: boom, getOwnPropertyDescriptor: boom }),
  new Proxy([], { get: boom }),
  Object.create(null),
  Object.defineProperty({}, 'agent', { get: boom, enumerable: true }),
  {
    agent: circular,
    name: boom,
    permission: Symbol('p'),
    toString: boom,
    [Symbol.toPrimitive]: boom,
  },
  { then: boom },
  Object.defineProperty({}, 'then', { get: boom }),
  [circular, revoked.proxy, 'tool:a', null],
  new Date(Number.NaN),
];

const calls = (value: never): void => {
  expect(task(value, () => 1)).toBe(1);
  expect(tool(value, () => 2)).toBe(2);
  expect(authorize(value, () => true).effect).toBe('allow');
  const decision: unknown = authorize({ permission: 'p' }, () => value);
  if (!(decision instanceof Promise)) {
    expect((decision as Decision).effect).toMatch(/^(allow|deny|error)$/);
  }
  expect(approval(value, () => true).outcome).toBe('approved');
  const answered: unknown = approval({ permission: 'p' }, () => value);
  if (!(answered instanceof Promise)) {
    expect((answered as Approval).outcome).toMatch(/^(approved|denied|cancelled)$/);
  }
  approval.requested(value);
  expect(approval.answered(value, true).approved).toBe(true);
  expect(
    approval.answered(approval.requested({ permission: 'p', decision: value }), value),
  ).toEqual(expect.objectContaining({ approved: (value as unknown) === true }));
  expect(resource(value, () => 4).value).toBe(4);
  resource({ type: 'file', ...{ id: value, expires_in: value, decision: value } }, () => 5)[
    Symbol.dispose
  ]();
  resource.cleanup(value, () => 6);
  credential.issued(value, value);
  credential.issued('secret', {
    ...{ type: value, expires_in: value, scopes: value, parent: value },
  });
  credential.exchanged(value, value);
  credential.used(value, value);
  credential.revoked(value, value);
  surface(value, value);
  surface([value], { source: value });
  fingerprint(value);
  processor(value);
  tool(
    { name: 'a', permission: value, resource: value, required_scopes: value, decision: value },
    () => 3,
  );
};

describe.each([['with an SDK'], ['without one']])('every call, %s,', (mode) => {
  let recorder: Recorder | undefined;
  beforeAll(() => {
    if (mode === 'with an SDK') recorder = startRecorder([processor()]);
  });
  afterAll(() => recorder?.stop());
  afterEach(() => void recorder?.take());

  it.each(hostile.map((value, index) => [index, value] as const))(
    'takes hostile value %i',
    (_index, value) => {
      calls(value as never);
    },
  );

  it('takes anything at all', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withSparseArray: true,
        }),
        (value) => {
          if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') return;
          calls(value as never);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('passes values, thenables and errors of any kind as they are', async () => {
    const value = Object.freeze({ a: 1 });
    expect(task({}, () => value)).toBe(value);
    const proxy: unknown = new Proxy({}, { get: boom });
    expect(tool({ name: 'a' }, () => proxy) === proxy).toBe(true);
    for (const thrown of [undefined, null, 'text', value, proxy]) {
      let caught: unknown = 'nothing';
      try {
        task({}, () => {
          throw thrown;
        });
      } catch (error) {
        caught = error;
      }
      expect(caught === thrown).toBe(true);
      const same = await tool({ name: 'a' }, () => Promise.reject(thrown as Error)).then(
        () => false,
        (error: unknown) => error === thrown,
      );
      expect(same).toBe(true);
    }
    let asked = 0;
    // A thenable that starts its work when it is asked for is asked once.
    const lazy = { then: (done: (value: string) => void): void => void (asked++, done('rows')) };
    expect(await (task({}, () => lazy) as unknown as Promise<string>)).toBe('rows');
    expect(asked).toBe(1);
  });

  it('runs the host’s function once', async () => {
    let runs = 0;
    const count = (): number => (runs += 1);
    task({}, count);
    tool({ name: 'a' }, count);
    authorize({ permission: 'p' }, () => count() > 0);
    await task({}, () => Promise.resolve().then(count));
    expect(runs).toBe(4);
  });
});

describe('a broken OpenTelemetry', () => {
  afterEach(() => {
    trace.disable();
    context.disable();
    diag.disable();
  });

  it('leaves the host alone', async () => {
    trace.setGlobalTracerProvider({ getTracer: boom });
    context.setGlobalContextManager({
      active: boom,
      with: boom,
      bind: boom,
      enable: boom,
      disable: () => circular as never,
    });
    diag.setLogger(
      { error: boom, warn: boom, info: boom, debug: boom, verbose: boom },
      { suppressOverrideMessage: true },
    );
    calls({} as never);
    expect(await task({ agent: 'a' }, () => tool({ name: 'b' }, () => Promise.resolve(5)))).toBe(5);
  });

  it('whose spans throw leaves the host alone', () => {
    const span = new Proxy({}, { get: () => boom });
    trace.setGlobalTracerProvider({
      getTracer: () => ({ startSpan: () => span as never, startActiveSpan: boom }),
    });
    calls({} as never);
    const stamping = processor();
    stamping.onStart(span as never, undefined as never);
    stamping.onEnding(span as never);
  });
});
