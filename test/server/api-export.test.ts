// Exports: cells that spreadsheets must not run, and a stream that is read only as it is taken.
import { describe, expect, it } from 'vitest';
import { exportResponse } from '../../server/api/export.ts';
import { csvCell } from '../../server/model/csv.ts';
import type { Row } from '../../server/store/store.ts';

describe('a CSV cell', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@a', "'@a"],
    ['\tx', "'\tx"],
    ['\rx', `"'\rx"`],
    ['=a,b', `"'=a,b"`],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['plain', 'plain'],
    [-1.5, '-1.5'],
    [true, 'true'],
    [null, ''],
    [['a', 'b'], '"[""a"",""b""]"'],
  ])('%j is written %j', (cell, text) => {
    expect(csvCell(cell)).toBe(text);
  });
});

describe('an export', () => {
  const columns = ['agent', 'uses'];
  const pieces = async function* (rows: Row[][], ended: () => void): AsyncGenerator<Row[]> {
    try {
      yield* rows;
    } finally {
      ended();
    }
    await Promise.resolve();
  };

  it('has its heading even where no row is', async () => {
    const response = await exportResponse({
      format: 'csv',
      name: 'agents',
      columns,
      pieces: pieces([], () => undefined),
    });
    expect(await response.text()).toBe('agent,uses\r\n');
  });

  it('writes the named columns only, one JSON object a line', async () => {
    const rows = [[{ agent: 'a', uses: 1, cursor: 'k' }], [{ agent: 'b' }]];
    const response = await exportResponse({
      format: 'jsonl',
      name: 'agents',
      columns,
      pieces: pieces(rows, () => undefined),
    });
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename="footprint-agents.jsonl"',
    );
    expect(await response.text()).toBe('{"agent":"a","uses":1}\n{"agent":"b","uses":null}\n');
  });

  it('ends the question when its reader leaves', async () => {
    let ended = false;
    const endless = async function* (): AsyncGenerator<Row[]> {
      try {
        for (;;) {
          await Promise.resolve();
          yield [{ agent: 'a', uses: 1 }];
        }
      } finally {
        ended = true;
      }
    };
    const response = await exportResponse({
      format: 'csv',
      name: 'agents',
      columns,
      pieces: endless(),
    });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(ended).toBe(true);
  });

  it('fails before it answers where the question is refused', async () => {
    const refused: AsyncIterable<Row[]> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('refused')) }),
    };
    await expect(
      exportResponse({ format: 'csv', name: 'x', columns, pieces: refused }),
    ).rejects.toThrow('refused');
  });
});
