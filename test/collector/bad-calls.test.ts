// Calls that plain JavaScript can make and no type would let through: the agent has what its own function gives, or nothing.
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as door from '../../collector/index.ts';
import { processor } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder } from './recorder.ts';

type Call = (...given: unknown[]) => unknown;
type Calls = Record<string, Call>;
/** The door as plain JavaScript sees it. */
const { task, tool, authorize, surface, fingerprint } = door as unknown as Record<
  'task' | 'tool' | 'authorize' | 'surface' | 'fingerprint',
  Call
>;
const { approval, resource } = door as unknown as Record<'approval' | 'resource', Call & Calls>;
const credential = door.credential as unknown as Calls;

let recorder: Recorder;
const said: string[] = [];
beforeAll(() => {
  recorder = startRecorder([processor()]);
  const quiet = (): void => undefined;
  const error = (text: string): void => void said.push(text);
  diag.setLogger(
    { warn: quiet, error, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
});
afterAll(async () => {
  diag.disable();
  await recorder.stop();
});

const seven = (): number => 7;
/** Whatever stands where a function should. */
const NONE: readonly unknown[][] = [
  [],
  [undefined],
  [null, null],
  ['name'],
  ['name', 'no function'],
  [{}],
  [{ name: 'a' }, {}],
  [{ name: 'a' }, 1, 2],
  [[], []],
  [Symbol('x'), 10n],
];
/** A function in its place, or in that of the options. */
const SOME: readonly unknown[][] = [
  [seven],
  [undefined, seven],
  ['a', seven],
  [{}, seven],
  [null, seven, 1],
];

describe('a call without a function', () => {
  it.each(NONE.map((given) => [given]))('(%#) throws nothing and gives nothing', async (given) => {
    expect(task(...given)).toBeUndefined();
    expect(tool(...given)).toBeUndefined();
    expect(authorize(...given)).toMatchObject({ effect: 'error', allowed: false });
    expect(approval(...given)).toMatchObject({ outcome: 'cancelled', approved: false });
    expect(resource['cleanup']?.(...given)).toBeUndefined();
    const held = resource(...given) as { value: unknown; release: () => Promise<unknown> };
    expect(held.value).toBeUndefined();
    expect(await held.release()).toBe('leaked');
  });

  it('is told through diag, once for each name', () => {
    expect(said.filter((line) => line.includes('without a function'))).toEqual(
      ['task', 'tool', 'authorize', 'approval', 'resource.cleanup', 'resource'].map(
        (name) => `footprint: ${name} was called without a function`,
      ),
    );
  });
});

describe('a call with a function and nothing else that is right', () => {
  it.each(SOME.map((given) => [given]))('gives what that gives (%#)', async (given) => {
    expect(task(...given)).toBe(7);
    expect(tool(...given)).toBe(7);
    expect(resource['cleanup']?.(...given)).toBe(7);
    expect((resource(...given) as { value: unknown }).value).toBe(7);
    const yes = given.map((one) => (one === seven ? () => true : one));
    expect(authorize(...yes)).toMatchObject({ effect: 'allow', allowed: true });
    expect(approval(...yes)).toMatchObject({ outcome: 'approved', approved: true });
    const late = given.map((one) => (one === seven ? () => Promise.resolve(7) : one));
    expect(await task(...late)).toBe(7);
    expect(await tool(...late)).toBe(7);
  });

  it('throws what that throws', () => {
    const fault = new Error('of the agent');
    const boom = (): never => {
      throw fault;
    };
    for (const call of [task, tool, resource]) expect(() => call(boom)).toThrow(fault);
    expect(authorize(boom)).toMatchObject({ effect: 'error', error: fault });
  });

  it('takes no end of a resource that is no function', async () => {
    const held = resource({ type: 'file' }, seven, 'rm') as AsyncDisposable & Disposable;
    held[Symbol.dispose]();
    await held[Symbol.asyncDispose]();
    expect(said.at(-1)).toContain('resource was given something else than a function');
  });
});

describe('calls that take no function', () => {
  it.each(NONE.map((given) => [given]))('throw nothing (%#)', (given) => {
    for (const event of ['issued', 'exchanged', 'used', 'revoked'])
      expect(credential[event]?.(...given)).toHaveProperty('fingerprint');
    expect(surface(...given)).toBeUndefined();
    fingerprint(...given);
    expect(approval['requested']?.(...given)).toHaveProperty('approval_id');
    expect(approval['answered']?.(...given)).toMatchObject({ approved: false });
  });
});
