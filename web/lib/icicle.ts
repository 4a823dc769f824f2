// The surface as a hierarchy: systems, the words of their permissions, single permissions; as tall as the weight held.
import { hierarchy, partition } from 'd3-hierarchy';
import type { SurfaceRow } from '../../server/api/contract.ts';
import { groupBy, openedOf, splitPermission, wordsOf } from './columns.ts';
import { count, counted } from './format.ts';
import { plain } from './marks.ts';

/** What is held below a place of the hierarchy, by what it is used for. */
export interface Held {
  /** Of permissions with a use. */
  readonly used: number;
  /** Of those that are proven unused. */
  readonly unused: number;
  /** Of the others without a use. */
  readonly undetermined: number;
}

export interface IcicleNode extends Held {
  readonly key: string;
  readonly label: string;
  /** What the address opens; null where nothing more is inside. */
  readonly open: string | null;
  /** The permission, or null where it stands for several. */
  readonly permission: string | null;
  readonly permissions: number;
  /** `environment\nagent` of all that hold any of it. */
  readonly holders: readonly string[];
  readonly children: readonly IcicleNode[];
}

export interface PlacedNode {
  readonly node: IcicleNode;
  /** Pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** 0 for the leftmost column. */
  readonly level: number;
}

/** Lower ones could not hold a word of text. */
const HEIGHT_MIN = 18;
/** A picture taller than this is scrolled and not seen. */
const HEIGHT_MAX = 720;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const weightOf = ({ used, unused, undetermined }: Held): number => used + unused + undetermined;
const wasteOf = ({ unused, undetermined }: Held): number => unused + undetermined / 2;

const heldOf = (rows: readonly SurfaceRow[]): Held => {
  const sum = { used: 0, unused: 0, undetermined: 0 };
  for (const row of rows) {
    const part = row.uses > 0 ? 'used' : row.verdict === 'unused' ? 'unused' : 'undetermined';
    sum[part] += row.weight;
  }
  return sum;
};

const nodeOf = (
  rows: readonly SurfaceRow[],
  told: { label: string; path: readonly string[]; children: readonly IcicleNode[] },
): IcicleNode => {
  const names = [...new Set(rows.map((row) => row.permission))];
  const single = names.length === 1 ? (names[0] ?? null) : null;
  return {
    ...heldOf(rows),
    key: single ?? told.path.join(' '),
    label: told.label,
    open: single === null ? told.path.join(' ') : null,
    permission: single,
    permissions: names.length,
    holders: [...new Set(rows.map((row) => `${row.environment}\n${row.agent}`))],
    children: single === null ? told.children : [],
  };
};

const worstFirst = (nodes: readonly IcicleNode[]): IcicleNode[] =>
  nodes.toSorted(
    (a, b) => wasteOf(b) - wasteOf(a) || weightOf(b) - weightOf(a) || compareText(a.key, b.key),
  );

/** The nodes inside of a path: by the next word in which its names differ. */
const inside = (rows: readonly SurfaceRow[], path: readonly string[]): IcicleNode[] => {
  if (path.length === 0) {
    const systems = groupBy(rows, (row) => splitPermission(row.permission).system);
    return worstFirst(
      [...systems].map(([system, some]) =>
        nodeOf(some, { label: system, path: [system], children: inside(some, [system]) }),
      ),
    );
  }
  const depth = path.length - 1;
  const byWord = groupBy(rows, (row) => wordsOf(row.permission)[depth] ?? '');
  const [only] = byWord.keys();
  // A word that all names share would be a column that says nothing.
  if (byWord.size === 1 && only !== undefined && only !== '') return inside(rows, [...path, only]);
  return worstFirst(
    [...byWord].flatMap(([word, some]) =>
      word === ''
        ? [...groupBy(some, (row) => row.permission)].map(([name, one]) =>
            nodeOf(one, { label: splitPermission(name).action, path, children: [] }),
          )
        : [groupedBy(word, some, path)],
    ),
  );
};

const groupedBy = (word: string, rows: readonly SurfaceRow[], before: readonly string[]) => {
  const path = [...before, word];
  const single = new Set(rows.map((row) => row.permission)).size === 1;
  const label = single
    ? splitPermission(rows[0]?.permission ?? '').action
    : `${path.slice(1).join('_')}*`;
  return nodeOf(rows, { label, path, children: single ? [] : inside(rows, path) });
};

/** The hierarchy of what is held of these rows, from the group that the address opens; its root stands for all of it. */
export const icicleOf = (all: readonly SurfaceRow[], open: string | null): IcicleNode => {
  const { rows, path } = openedOf(
    all.filter((row) => row.granted),
    open,
  );
  return {
    ...nodeOf(rows, { label: path.at(-1) ?? 'all', path, children: [] }),
    children: inside(rows, path),
  };
};

/** The lowest fall together into one that opens their parent, as many as it takes for each to be read. */
const legible = (node: IcicleNode, height: number): readonly IcicleNode[] => {
  const perWeight = height / Math.max(1, weightOf(node));
  const low: IcicleNode[] = [];
  let together = 0;
  for (const child of node.children.toSorted((a, b) => weightOf(a) - weightOf(b))) {
    const tall = weightOf(child) * perWeight;
    if (tall >= HEIGHT_MIN && (low.length === 0 || together >= HEIGHT_MIN)) break;
    low.push(child);
    together += tall;
  }
  if (low.length < 2) return node.children;
  const sum = (of: (child: IcicleNode) => number) => low.reduce((total, one) => total + of(one), 0);
  const permissions = sum((child) => child.permissions);
  return [
    ...node.children.filter((child) => !low.includes(child)),
    {
      key: `${node.key} …`,
      label: `${count(permissions)} more`,
      open: node.open,
      permission: null,
      permissions,
      holders: [...new Set(low.flatMap((child) => child.holders))],
      used: sum((child) => child.used),
      unused: sum((child) => child.unused),
      undetermined: sum((child) => child.undetermined),
      children: [],
    },
  ];
};

/** The height of the picture: a readable row for each leaf, as far as a screen reaches. */
export const icicleHeight = (root: IcicleNode, levels: number): number => {
  const leaves = (node: IcicleNode, left: number): number =>
    left === 0 || node.children.length === 0
      ? 1
      : node.children.reduce((sum, child) => sum + leaves(child, left - 1), 0);
  return Math.min(HEIGHT_MAX, Math.max(120, leaves(root, levels) * (HEIGHT_MIN + 10)));
};

/** Every node that is drawn, depth first; `levels` columns share the width. The root itself is not drawn. */
export const placedOf = (
  root: IcicleNode,
  { width, height, levels }: { width: number; height: number; levels: number },
): PlacedNode[] => {
  const shown = (node: IcicleNode, tall: number, left: number): IcicleNode => {
    if (left === 0) return { ...node, children: [] };
    const perWeight = tall / Math.max(1, weightOf(node));
    const children = legible(node, tall).map((child) =>
      shown(child, weightOf(child) * perWeight, left - 1),
    );
    return { ...node, children };
  };
  const tree = hierarchy(shown(root, height, levels), (node) => node.children).sum((node) =>
    node.children.length === 0 ? weightOf(node) : 0,
  );
  const column = width / levels;
  return partition<IcicleNode>()
    .size([height, tree.height + 1])(tree)
    .descendants()
    .filter((node) => node.depth > 0)
    .map((node) => ({
      node: node.data,
      level: node.depth - 1,
      x: (node.depth - 1) * column,
      y: node.x0,
      // What has nothing inside reaches to the end, so that no hole looks like a part.
      width: node.children === undefined ? width - (node.depth - 1) * column : column,
      height: node.x1 - node.x0,
    }));
};

/** A node in words: "orders, 5 permissions of 2 agents: weight 40 used, 12 proven unused, 8 not judged yet". */
export const nodeInWords = (node: IcicleNode): string => {
  const what =
    node.permission === null
      ? `${plain(node.label)}, ${counted(node.permissions, 'permission')}`
      : plain(node.permission);
  const held = `${what} of ${counted(node.holders.length, 'agent')}`;
  return `${held}: weight ${count(node.used)} used, ${count(node.unused)} proven unused, ${count(node.undetermined)} not judged yet`;
};
