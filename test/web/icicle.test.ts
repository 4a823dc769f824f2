// The surface as a hierarchy: what is held in it, how it is grouped, and where each part is drawn.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openedOf, pathOfPermission } from '../../web/lib/columns.ts';
import { icicleHeight, icicleOf, nodeInWords, placedOf } from '../../web/lib/icicle.ts';
import type { IcicleNode } from '../../web/lib/icicle.ts';
import { surfaceRow } from './rows.ts';

const ROWS = [
  surfaceRow({ permission: 'oauth:orders.read', uses: 3, verdict: 'used' }),
  surfaceRow({ permission: 'oauth:orders.delete', weight: 10 }),
  surfaceRow({ permission: 'oauth:orders.delete', agent: 'b', weight: 10, verdict: 'too_young' }),
  surfaceRow({ permission: 'mcp.crm:read_contact', uses: 1, verdict: 'used' }),
  surfaceRow({ permission: 'mcp.crm:read_deal' }),
  surfaceRow({ permission: 'mcp.crm:send_mail', granted: false, denials: 4 }),
];
const SIZE = { width: 900, height: 400, levels: 3 };
const outline = (node: IcicleNode): unknown =>
  node.children.length === 0 ? node.label : { [node.label]: node.children.map(outline) };

describe('the icicle', () => {
  it('groups what is held by system and word, the most left over first', () => {
    expect(icicleOf(ROWS, null).children.map(outline)).toEqual([
      { orders: ['delete', 'read'] },
      { crm: ['read_deal', 'read_contact'] },
    ]);
  });

  it('counts the weight of each part by what it is used for, and who holds it', () => {
    const [orders] = icicleOf(ROWS, null).children;
    expect(orders).toMatchObject({ used: 1, unused: 10, undetermined: 10, permissions: 2 });
    expect(orders && nodeInWords(orders)).toBe(
      'orders, 2 permissions of 2 agents: weight 1 used, 10 proven unused, 10 not judged yet',
    );
  });

  it('begins at the group that the address opens, and what a permission opens holds it', () => {
    expect(icicleOf(ROWS, 'crm').children.map((node) => node.permission)).toEqual([
      'mcp.crm:read_deal',
      'mcp.crm:read_contact',
    ]);
    for (const { permission } of ROWS) {
      const opened = openedOf(ROWS, pathOfPermission(permission)).rows;
      expect(opened.map((row) => row.permission)).toContain(permission);
    }
  });

  it('draws nothing where nothing is held', () => {
    const root = icicleOf([surfaceRow({ granted: false })], null);
    expect(root.children).toEqual([]);
    expect(placedOf(root, SIZE)).toEqual([]);
  });

  it('lets those too low to read fall together', () => {
    const rows = Array.from({ length: 500 }, (_, i) =>
      surfaceRow({ permission: `mcp.crm:a${i}_x`, weight: i === 0 ? 10 : 1 }),
    );
    const root = icicleOf(rows, null);
    const placed = placedOf(root, { ...SIZE, levels: 2 });
    expect(placed.map(({ node }) => node.label)).toEqual(['crm', '500 more']);
    expect(icicleHeight(root, 2)).toBe(720);
  });

  const word = fc.stringMatching(/^[a-c]{0,2}$/);
  const name = fc
    .tuple(fc.constantFrom('oauth:', 'mcp.', 'tool:', ''), word, word, word)
    .map(([system, a, b, c]) => `${system}${a}:${b}_${c}`);
  it('fills its height with all weight that is held, whatever the names', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (names, levels) => {
          const rows = names.map((permission, i) =>
            surfaceRow({ permission, weight: [1, 3, 10][i % 3] ?? 1, uses: i % 2 }),
          );
          const root = icicleOf(rows, null);
          const placed = placedOf(root, { width: 900, height: 500, levels });
          const keys = placed.map(({ node, level }) => `${level} ${node.key}`);
          expect(new Set(keys).size).toBe(keys.length);
          const first = placed.filter(({ level }) => level === 0);
          expect(first.reduce((sum, { height }) => sum + height, 0)).toBeCloseTo(500, 3);
          const weight = rows.reduce((sum, row) => sum + row.weight, 0);
          const drawn = first.reduce(
            (sum, { node: n }) => sum + n.used + n.unused + n.undetermined,
            0,
          );
          expect(drawn).toBe(weight);
        },
      ),
      { numRuns: 200 },
    );
  });
});
