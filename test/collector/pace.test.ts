// When a receiver may be asked, whatever the process's clock says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverOf } from '../../collector/pace.ts';

describe('a receiver of a process whose clock was moved below 0', () => {
  const real = performance.now.bind(performance);
  beforeEach(() => {
    performance.now = () => real() - 1e9;
  });
  afterEach(() => {
    performance.now = real;
  });
  const body = { bytes: new Uint8Array(), spans: 1 };

  it('may be asked at once, and after a failure a second or so later', async () => {
    const sent = ['done', 'later'] as const;
    let asked = 0;
    const sender = {
      send: () => Promise.resolve({ sent: sent[asked++] ?? 'done' }),
      abort: () => undefined,
      close: () => undefined,
    };
    const receiver = receiverOf(sender, () => undefined);
    expect(receiver.wait()).toBe(0);
    await receiver.ask(body);
    expect(receiver.wait()).toBe(0);
    await receiver.ask(body);
    expect(receiver.wait()).toBeGreaterThan(500);
    expect(receiver.wait()).toBeLessThan(1500);
    receiver.hurry();
    expect(receiver.wait()).toBe(0);
    receiver.stop();
  });
});
