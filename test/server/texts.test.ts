// Texts by number: each reads back as it was given, equal ones share a number, and none is mixed up with another.
import { describe, expect, it } from 'vitest';
import { createTexts } from '../../server/model/texts.ts';

const at = (texts: ReturnType<typeof createTexts>, text: string, before = 'ab') => {
  const bytes = Buffer.from(before + text);
  return texts.at(bytes, before.length, bytes.length - before.length);
};

describe('texts', () => {
  it('keep one number for equal texts, however they come, while they grow', () => {
    const texts = createTexts();
    const words = Array.from({ length: 20_000 }, (_, i) => `word ${i} ${'é'.repeat(i % 60)}`);
    const numbers = words.map((word) => at(texts, word));
    expect(new Set(numbers).size).toBe(words.length);
    expect(numbers.map((number) => texts.text(number))).toEqual(words);
    const again = words.map((word, i) => (i % 2 === 0 ? texts.of(word) : at(texts, word, '')));
    const moved = again.filter((number, i) => number !== numbers[i]).length;
    // A text that found no free place near its own is not remembered, which only costs a number.
    expect(moved).toBeLessThan(words.length / 100);
    expect(again.map((number) => texts.text(number))).toEqual(words);
  });

  it('put a prefix before a text, also before one that is there already', () => {
    const texts = createTexts();
    const read = texts.of('read');
    const tool = texts.behind('tool:', read);
    expect(texts.text(tool)).toBe('tool:read');
    expect([texts.behind('tool:', read), texts.of('tool:read'), at(texts, 'read')]).toEqual([
      tool,
      tool,
      read,
    ]);
    expect(texts.text(texts.of(''))).toBe('');
  });

  it('keep lists, and forget everything when they are cleared', () => {
    const texts = createTexts();
    const items = Array.from({ length: 3000 }, (_, i) => texts.of(`item ${i}`));
    const lists = [texts.list([]), texts.list(items), texts.list(items.slice(0, 2))];
    expect(lists).toEqual([1, 2, 3]);
    const [first = 0, count = 0] = texts.listPlaces().subarray(4, 6);
    expect(Array.from(texts.items().subarray(first, first + count))).toEqual(items);
    texts.clear();
    expect([texts.count(), texts.heap().length]).toEqual([1, 0]);
    expect(texts.text(at(texts, 'item 5'))).toBe('item 5');
    expect(texts.text(texts.put(Buffer.from('x'.repeat(100)), 0, 100))).toBe('x'.repeat(100));
  });
});
