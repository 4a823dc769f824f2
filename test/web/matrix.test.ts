// The surface matrix: its states, its columns and their groups, and its size.
import { describe, expect, it } from 'vitest';
import { COLUMNS_MAX, GROUPS_MAX, openedParams, splitPermission } from '../../web/lib/columns.ts';
import { matrixSize } from '../../web/lib/matrix-size.ts';
import { AGENTS_MAX, cellInWords, matrixOf } from '../../web/lib/matrix.ts';
import { surfaceRow } from './rows.ts';

describe('the matrix', () => {
  it('splits a permission into its system and action', () => {
    expect(splitPermission('oauth:calendar.read')).toEqual({ system: 'calendar', action: 'read' });
    expect(splitPermission('mcp.files:write')).toEqual({ system: 'files', action: 'write' });
    expect(splitPermission('tool:book')).toEqual({ system: 'tool', action: 'book' });
    expect(splitPermission('nothing')).toEqual({ system: 'other', action: 'nothing' });
    expect(splitPermission(':x')).toEqual({ system: 'other', action: ':x' });
  });

  it('tells the states apart and puts the most waste first', () => {
    const matrix = matrixOf([
      surfaceRow({ agent: 'good', uses: 9, verdict: 'used' }),
      surfaceRow({ agent: 'bad', permission: 'oauth:orders.delete', weight: 10 }),
      surfaceRow({ agent: 'bad', uses: 2, verdict: 'used_not_granted', granted: false }),
      surfaceRow({ agent: 'good', permission: 'mcp.x:y', verdict: 'unobservable' }),
      surfaceRow({ agent: 'bad', permission: 'mcp.x:y', granted: false, denials: 3 }),
      surfaceRow({ agent: 'good', permission: 'mcp.x:z', verdict: 'too_young' }),
    ]);
    expect(matrix.lines.map((line) => line.agent)).toEqual(['bad', 'good']);
    expect(matrix.columns.map((column) => column.permission)).toEqual([
      'oauth:orders.delete',
      'oauth:orders.read',
      'mcp.x:y',
      'mcp.x:z',
    ]);
    expect(matrix.systems).toEqual([
      { system: 'orders', span: 2 },
      { system: 'x', span: 2 },
    ]);
    expect(matrix.lines.map((line) => line.cells.map((cell) => cell.state))).toEqual([
      ['unused', 'used', 'denied', 'none'],
      ['none', 'used', 'unobservable', 'undetermined'],
    ]);
    const [unused, ungranted, denied] = matrix.lines[0]?.cells ?? [];
    expect([unused, ungranted, denied].map((cell) => cell && cellInWords(cell))).toEqual([
      'granted, never used',
      'used 2 times, used without a grant',
      'denied 3 times, not granted',
    ]);
    expect(matrix.grouped).toBe(false);
  });

  it('groups past its width and splits the worst as far as there is room, and shares a row past its height', () => {
    const rows = Array.from({ length: 50 }, (_, agent) =>
      Array.from({ length: 70 }, (__, index) =>
        surfaceRow({ agent: `agent-${agent}`, permission: `oauth:s${index % 7}.a${index}` }),
      ),
    ).flat();
    const matrix = matrixOf(rows);
    expect(matrix.grouped).toBe(true);
    expect(matrix.columns.length).toBeLessThanOrEqual(GROUPS_MAX);
    expect(matrix.columns.reduce((sum, column) => sum + column.count, 0)).toBe(70);
    expect(new Set(matrix.columns.map((column) => column.system)).size).toBe(7);
    expect(matrix.lines).toHaveLength(AGENTS_MAX);
    expect(matrix.lines.at(-1)).toMatchObject({ agent: null, others: 11, granted: 770 });
    const whole = matrix.columns.findIndex((column) => column.count === 10);
    expect(matrix.columns[whole]).toMatchObject({ permission: null, label: 'all' });
    expect(matrix.lines[0]?.cells[whole]).toMatchObject({ state: 'unused', granted: 10, used: 0 });
  });

  it('groups the tools of one system by the words of their names, and opens a group down to its permissions', () => {
    const verbs = ['read', 'list', 'delete', 'send'];
    const things = ['invoice', 'ticket', 'file', 'user', 'vendor', 'asset', 'card', 'bill'];
    const rows = verbs.flatMap((verb) =>
      things.flatMap((thing) =>
        Array.from({ length: 40 }, (_, number) =>
          surfaceRow({
            permission: `tool:${verb}_${thing}_${number}`,
            weight: verb === 'delete' ? 10 : 1,
            uses: verb === 'read' && number === 0 ? 3 : 0,
          }),
        ),
      ),
    );
    const verbsOnly = matrixOf(rows, { open: null, room: 6 });
    expect(verbsOnly.columns.map(({ label, count }) => [label, count])).toEqual([
      ['delete*', 320],
      ['list*', 320],
      ['send*', 320],
      ['read*', 320],
    ]);
    const used = verbsOnly.lines[0]?.cells[3];
    expect(used).toMatchObject({ state: 'used', left: 'unused', granted: 320, used: 8 });
    const deeper = matrixOf(rows, { open: null, room: 12 });
    expect(deeper.columns).toHaveLength(11);
    expect(deeper.columns[0]).toMatchObject({
      label: 'delete_asset*',
      count: 40,
      open: 'tool delete asset',
      search: 'tool:delete_asset_',
    });
    const opened = matrixOf(rows, { open: 'tool delete asset', room: 40 });
    expect(opened.path).toEqual(['tool', 'delete', 'asset']);
    expect(opened.columns).toHaveLength(40);
    expect(opened.columns.every(({ permission }) => permission !== null)).toBe(true);
    expect(opened.lines[0]).toMatchObject({ granted: 40, used: 0 });
    expect(matrixOf(rows, { open: 'no such group', room: 6 }).path).toEqual([]);
  });

  it('never has more columns than room, whatever the names', () => {
    const names = Array.from({ length: 300 }, (_, index) => `tool:${index.toString(36)}x`);
    const rows = names.map((permission, index) =>
      surfaceRow({ permission, risk: index % 2 === 0 ? 'read' : 'write' }),
    );
    for (const room of [2, 8, 40]) {
      const { columns } = matrixOf(rows, { open: null, room });
      expect(columns.length).toBeLessThanOrEqual(room);
      expect(columns.reduce((sum, column) => sum + column.count, 0)).toBe(300);
    }
    const byRisk = matrixOf(rows, { open: null, room: 8 });
    expect(byRisk.columns.map(({ label, open }) => [label, open])).toEqual([
      ['read', 'tool ~read'],
      ['write', 'tool ~write'],
    ]);
    const inside = matrixOf(rows, { open: 'tool ~read', room: 8 });
    expect(inside.columns).toHaveLength(8);
    expect(inside.columns.at(-1)).toMatchObject({ label: 'others', count: 143, open: null });
  });

  it('exports an opened group by its names, or by what they begin with where they are many', () => {
    const rows = ['a', 'b'].map((name) => surfaceRow({ permission: `crm:read_${name}` }));
    const other = surfaceRow({ permission: 'crm:write' });
    expect(openedParams([...rows, other], 'crm read')).toEqual({
      permission: ['crm:read_a', 'crm:read_b'],
    });
    expect(openedParams(rows, null)).toEqual({});
    const many = Array.from({ length: 101 }, (_, n) => surfaceRow({ permission: `crm:read_${n}` }));
    expect(openedParams([...many, other], 'crm read')).toEqual({ matching: 'crm:read_' });
  });

  it('is drawn no wider than its page', () => {
    for (const width of [320, 366, 700, 1028, 1352]) {
      const size = matrixSize(width);
      const columns = Math.min(COLUMNS_MAX, size.room);
      expect(size.pitch(columns)).toBeGreaterThanOrEqual(width < 620 ? 24 : 17);
      expect(columns * size.pitch(columns)).toBeLessThan(width - 160);
    }
    expect(matrixSize(1028).pitch(3)).toBe(30);
  });

  it('is empty for no rows', () => {
    expect(matrixOf([])).toEqual({
      systems: [],
      columns: [],
      lines: [],
      grouped: false,
      path: [],
      most: 1,
    });
  });
});
