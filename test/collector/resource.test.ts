// Temporary resources: made, used and gone, whichever way the task ends.
import { SpanStatusCode } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { resource, task } from '../../collector/index.ts';
import type { Recorder } from './recorder.ts';
import { startRecorder, told } from './recorder.ts';

let recorder: Recorder;
beforeAll(() => {
  recorder = startRecorder();
});
afterAll(() => recorder.stop());
afterEach(() => void recorder.take());

const options = { type: 'namespace', id: 'ns-1' };
const cleanups = () =>
  recorder
    .take()
    .filter(({ name }) => name.startsWith('cleanup'))
    .map(({ attributes }) => [
      attributes['footprint.temp_resource.id'],
      attributes['footprint.cleanup.outcome'],
      attributes['footprint.cleanup.trigger'],
    ]);

describe('a temporary resource', () => {
  it('tells of its making and its end, with outcome and trigger', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-03-01T10:00:00Z'), toFake: ['Date'] });
    const gone: string[] = [];
    const held = await resource(
      { ...options, expires_in: 60, owner: 'ada', permission: 'k8s:create', decision: 'd-1' },
      () => Promise.resolve('made'),
      (value) => Promise.resolve(void gone.push(value)),
    );
    vi.useRealTimers();
    expect([held.value, held.id]).toEqual(['made', 'ns-1']);
    expect(await held.release({ trigger: 'ttl' })).toBe('deleted');
    expect(await held.release()).toBe('deleted');
    expect(gone).toEqual(['made']);
    const [made, removed] = recorder.take();
    const about = {
      'footprint.temp_resource.type': 'namespace',
      'footprint.temp_resource.id': 'ns-1',
      'footprint.temp_resource.expires_at': '2026-03-01T10:01:00.000Z',
      'footprint.resource.type': 'namespace',
      'footprint.resource.id': 'ns-1',
      'footprint.resource.owner': 'ada',
    };
    expect([made?.name, removed?.name]).toEqual(['acquire namespace', 'cleanup namespace']);
    expect(told(made)).toEqual({
      ...about,
      'footprint.permission': 'k8s:create',
      'footprint.decision.id': 'd-1',
    });
    expect(told(removed)).toEqual({
      ...about,
      'footprint.cleanup.outcome': 'deleted',
      'footprint.cleanup.trigger': 'ttl',
    });
    expect(removed?.links[0]?.context.spanId).toBe(made?.spanContext().spanId);
  });

  it('is released by a using block, on success and on failure alike', async () => {
    const gone: string[] = [];
    const make = (id: string) =>
      resource(
        { type: 'file', id },
        () => id,
        (made) => void gone.push(made),
      );
    {
      using held = make('a');
      expect(held.value).toBe('a');
    }
    const failing = async () => {
      await using held = make('b');
      expect(held.value).toBe('b');
      throw new Error('the task failed');
    };
    await expect(failing()).rejects.toThrow('the task failed');
    expect(gone).toEqual(['a', 'b']);
    expect(cleanups()).toEqual([
      ['a', 'deleted', 'task_end'],
      ['b', 'deleted', 'task_end'],
    ]);
  });

  it('is gone when its task settles, newest first, inside the task and whichever way it ended', async () => {
    const gone: string[] = [];
    const two = async (): Promise<void> => {
      for (const id of ['first', 'second']) {
        await resource(
          { type: 'branch', id },
          () => Promise.resolve(id),
          async (value) => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            gone.push(value);
          },
        );
      }
    };
    await task({ agent: 'desk' }, two);
    expect(gone).toEqual(['second', 'first']);
    const spans = recorder.take();
    expect(spans.at(-1)?.name).toBe('invoke_agent desk');
    expect(spans[2]?.parentSpanContext?.spanId).toBe(spans.at(-1)?.spanContext().spanId);
    const failed = task({ agent: 'desk' }, async () => {
      await two();
      throw new Error('the task failed');
    });
    await expect(failed).rejects.toThrow('the task failed');
    expect(gone).toHaveLength(4);
    expect(cleanups()).toEqual([
      ['second', 'deleted', 'task_end'],
      ['first', 'deleted', 'task_end'],
    ]);
  });

  it('of a synchronous task is released as it ends', () => {
    const gone: string[] = [];
    const make = (): void =>
      void resource(
        options,
        () => 'x',
        (value) => void gone.push(value),
      );
    task({ agent: 'desk' }, make);
    expect(() =>
      task({ agent: 'desk' }, () => {
        make();
        throw new Error('the task failed');
      }),
    ).toThrow('the task failed');
    expect(gone).toEqual(['x', 'x']);
  });

  it('that nothing removes has leaked', async () => {
    await task({ agent: 'desk' }, () => resource(options, () => Promise.resolve(1)));
    expect(cleanups()).toEqual([['ns-1', 'leaked', 'task_end']]);
  });

  it.each([
    [() => 'skipped', 'skipped'],
    [() => Promise.resolve('already_absent'), 'already_absent'],
    [() => 'anything else', 'deleted'],
  ])('takes the outcome that the clean-up answers', async (release, outcome) => {
    expect(await resource(options, () => 1, release).release()).toBe(outcome);
    expect(cleanups()).toEqual([['ns-1', outcome, 'manual']]);
  });

  it.each([
    [{ code: 'ENOENT' }, 'already_absent', SpanStatusCode.UNSET],
    [{ status: 404 }, 'already_absent', SpanStatusCode.UNSET],
    [{ code: 'EBUSY' }, 'failed', SpanStatusCode.ERROR],
  ])('whose clean-up throws %j passes that on and records %s', async (fields, outcome, code) => {
    const thrown = Object.assign(new Error('clean-up'), fields);
    const held = resource(
      options,
      () => 1,
      () => Promise.reject(thrown),
    );
    await expect(held.release()).rejects.toBe(thrown);
    const span = recorder.take().at(-1);
    expect(span?.attributes['footprint.cleanup.outcome']).toBe(outcome);
    expect(span?.status.code).toBe(code);
  });

  it('whose clean-up fails at the end of its task does not change how the task ended', async () => {
    const broken = (): never => {
      throw new Error('clean-up');
    };
    const run = task({ agent: 'desk' }, async () => {
      await resource(options, () => Promise.resolve(1), broken);
      return 'done';
    });
    expect(await run).toBe('done');
    expect(cleanups()).toEqual([['ns-1', 'failed', 'task_end']]);
  });

  it('that could not be made is a failure and leaves nothing to clean', async () => {
    const run = task({ agent: 'desk' }, () =>
      resource(options, () => Promise.reject(new Error('quota'))),
    );
    await expect(run).rejects.toThrow('quota');
    const spans = recorder.take();
    expect(spans.map(({ name }) => name)).toEqual(['acquire namespace', 'invoke_agent desk']);
  });

  it('that an earlier run left is cleaned by hand', () => {
    expect(resource.cleanup(options, () => 'skipped')).toBe('skipped');
    expect(cleanups()).toEqual([['ns-1', 'skipped', 'crash_recovery']]);
  });
});
