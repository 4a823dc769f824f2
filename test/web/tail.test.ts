// The live tail: newest first, each row once, counted while paused, bounded.
import { describe, expect, it } from 'vitest';
import { emptyTail, joinTail, pause, receive, resume } from '../../web/lib/tail.ts';

const key = (row: string) => row;

describe('the live tail', () => {
  it('shows the newest first and each row once', () => {
    const tail = receive(receive(emptyTail<string>(), ['a', 'b'], key), ['b', 'c'], key);
    expect(tail.shown).toEqual(['c', 'b', 'a']);
  });

  it('holds rows back while paused and lets them in on resume', () => {
    const paused = receive(pause(receive(emptyTail<string>(), ['a'], key)), ['b', 'c', 'a'], key);
    expect(paused).toEqual({ shown: ['a'], waiting: ['c', 'b'], dropped: 0, paused: true });
    expect(resume(paused)).toEqual({
      shown: ['c', 'b', 'a'],
      waiting: [],
      dropped: 0,
      paused: false,
    });
  });

  it('keeps no more than its limit and counts what it dropped while paused', () => {
    const flowing = receive(emptyTail<string>(), ['a', 'b', 'c'], key, 2);
    expect(flowing.shown).toEqual(['c', 'b']);
    const paused = receive(pause(emptyTail<string>()), ['a', 'b', 'c'], key, 2);
    expect([paused.waiting, paused.dropped]).toEqual([['c', 'b'], 1]);
  });

  it('is the same tail when nothing new came', () => {
    const tail = receive(emptyTail<string>(), ['a'], key);
    expect(receive(tail, ['a'], key)).toBe(tail);
    expect(pause(pause(tail))).toEqual(pause(tail));
  });

  it('stands before the loaded rows without those that a page brought', () => {
    expect(joinTail(['c', 'b'], ['b', 'a'], key)).toEqual(['c', 'b', 'a']);
  });
});
