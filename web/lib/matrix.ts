// The surface as a matrix: agents × permissions, grouped by system, the most waste first, never past its size.
import type { SurfaceRow } from '../../server/api/contract.ts';
import { COLUMNS_MAX, columnsOf, groupBy, openedOf, wasteOf } from './columns.ts';
import type { Column } from './columns.ts';
import { counted } from './format.ts';

/** More agents than this: those with the least waste share the last row. */
export const AGENTS_MAX = 40;

export type CellState = 'used' | 'unused' | 'undetermined' | 'unobservable' | 'denied' | 'none';

export interface Cell {
  readonly state: CellState;
  /** The state of what is left over behind a cell of which a part is used. */
  readonly left: CellState;
  /** Opacity of a used cell in tenths, 3 to 10: the log of its uses. */
  readonly step: number;
  readonly uses: number;
  readonly denials: number;
  /** Permissions behind this cell that are held, and those of them that were used. */
  readonly granted: number;
  readonly used: number;
  /** Used without any known grant. */
  readonly ungranted: boolean;
}

export interface AgentLine {
  readonly key: string;
  /** Null for the row of all the rest. */
  readonly agent: string | null;
  readonly environment: string;
  readonly others: number;
  readonly cells: readonly Cell[];
  readonly granted: number;
  readonly used: number;
}

export interface Matrix {
  readonly systems: readonly { readonly system: string; readonly span: number }[];
  readonly columns: readonly Column[];
  readonly lines: readonly AgentLine[];
  /** True where some column stands for several permissions. */
  readonly grouped: boolean;
  /** The group that is looked into, from its system on; empty for all. */
  readonly path: readonly string[];
  readonly most: number;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const isHeld = (row: SurfaceRow): boolean => row.granted;

const stateOf = (rows: readonly SurfaceRow[]): CellState => {
  if (rows.some((row) => row.uses > 0)) return 'used';
  const held = rows.filter(isHeld);
  if (held.some((row) => row.verdict === 'unused')) return 'unused';
  if (held.some((row) => row.verdict === 'unobservable')) return 'unobservable';
  if (held.length > 0) return 'undetermined';
  return rows.some((row) => row.denials > 0) ? 'denied' : 'none';
};

const cellOf = (rows: readonly SurfaceRow[], most: number): Cell => {
  const uses = rows.reduce((sum, row) => sum + row.uses, 0);
  const share = most <= 1 ? 1 : Math.min(1, Math.log1p(uses) / Math.log1p(most));
  return {
    state: stateOf(rows),
    left: stateOf(rows.filter((row) => row.granted && row.uses === 0)),
    step: uses === 0 ? 0 : Math.min(10, Math.round(3 + share * 7)),
    uses,
    denials: rows.reduce((sum, row) => sum + row.denials, 0),
    granted: rows.filter(isHeld).length,
    used: rows.filter((row) => row.granted && row.uses > 0).length,
    ungranted: rows.some((row) => row.verdict === 'used_not_granted'),
  };
};

/** What is looked at: a group that the address opens, and how many columns the page has room for. */
export interface Sight {
  readonly open: string | null;
  readonly room: number;
}

/** The matrix of these rows. Every agent and environment is a line; the worst come first. */
export const matrixOf = (
  all: readonly SurfaceRow[],
  { open, room }: Sight = { open: null, room: COLUMNS_MAX },
): Matrix => {
  const { rows, path } = openedOf(all, open);
  const { columns, grouped, keyOf } = columnsOf(rows, path, room);
  const columnOf = (row: SurfaceRow): string => keyOf.get(row.permission) ?? '';
  const agents = [...groupBy(rows, (row) => `${row.environment}\n${row.agent}`)].map(
    ([key, group]) => ({ key, group, waste: wasteOf(group) }),
  );
  agents.sort((a, b) => b.waste - a.waste || compareText(a.key, b.key));
  const rest = agents.length > AGENTS_MAX ? agents.splice(AGENTS_MAX - 1) : [];
  const groups = [
    ...agents.map(({ key, group }) => ({ key, group, others: 0 })),
    ...(rest.length === 0
      ? []
      : [{ key: 'others', group: rest.flatMap(({ group }) => group), others: rest.length }]),
  ];
  const usesOf = (some: readonly SurfaceRow[]) => some.reduce((sum, row) => sum + row.uses, 0);
  // All the rest together would make every agent's own uses look pale.
  const most = Math.max(
    1,
    ...groups
      .filter(({ others }) => others === 0)
      .flatMap(({ group }) => [...groupBy(group, columnOf).values()].map(usesOf)),
  );
  const lines = groups.map(({ key, group, others }): AgentLine => {
    const cells = groupBy(group, columnOf);
    const first = group[0];
    return {
      key,
      agent: others > 0 ? null : (first?.agent ?? null),
      environment: first?.environment ?? '',
      others,
      cells: columns.map((column) => cellOf(cells.get(column.key) ?? [], most)),
      granted: group.filter(isHeld).length,
      used: group.filter((row) => row.granted && row.uses > 0).length,
    };
  });
  const systems = [...groupBy(columns, (column) => column.system)].map(([system, group]) => ({
    system,
    span: group.length,
  }));
  return { systems, columns, lines, grouped, path, most };
};

/** A cell in words: "used 26 times", "granted, never used". */
export const cellInWords = (cell: Cell): string => {
  const words = {
    used: `used ${times(cell.uses)}`,
    unused: 'granted, never used',
    undetermined: 'granted, not judged yet',
    unobservable: 'granted, unobservable',
    denied: `denied ${times(cell.denials)}, not granted`,
    none: 'not granted',
  }[cell.state];
  const many = cell.granted > 1 ? `, ${cell.used} of ${cell.granted} granted are used` : '';
  return `${words}${many}${cell.ungranted ? ', used without a grant' : ''}`;
};

const times = (number: number): string => (number === 1 ? 'once' : counted(number, 'time'));
