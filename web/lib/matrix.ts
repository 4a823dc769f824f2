// The surface as a matrix: agents × permissions, grouped by system, the most waste first, never past its size.
import type { SurfaceRow } from '../../server/api/contract.ts';

/** More columns than this are grouped by system: 60 cells and their labels fill the widest screens. */
export const COLUMNS_MAX = 60;
/** More agents than this: those with the least waste share the last row. */
export const AGENTS_MAX = 40;

export type CellState = 'used' | 'unused' | 'undetermined' | 'unobservable' | 'denied' | 'none';

export interface Cell {
  readonly state: CellState;
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

export interface Column {
  readonly key: string;
  readonly system: string;
  readonly label: string;
  /** The permission, or null where the column stands for all of its system. */
  readonly permission: string | null;
  /** Weight 10: destructive, external, execute, share or credential. */
  readonly risky: boolean;
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
  /** True where columns stand for whole systems. */
  readonly grouped: boolean;
  readonly most: number;
}

/** `oauth:calendar.read` → calendar, read; `mcp.files:write` → files, write; `tool:book` → tool, book. */
export const splitPermission = (permission: string): { system: string; action: string } => {
  const colon = permission.indexOf(':');
  if (colon < 1) return { system: 'other', action: permission };
  const system = permission.slice(0, colon);
  const action = permission.slice(colon + 1);
  if (system === 'oauth') {
    const dot = action.search(/[.:/](?=[^.:/]*$)/);
    if (dot > 0) return { system: action.slice(0, dot), action: action.slice(dot + 1) };
  }
  return { system: system.startsWith('mcp.') ? system.slice(4) : system, action };
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const isHeld = (row: SurfaceRow): boolean => row.granted;
const isWaste = (row: SurfaceRow): boolean => row.granted && row.uses === 0;
const wasteOf = (rows: readonly SurfaceRow[]): number =>
  rows.reduce(
    (sum, row) => sum + (isWaste(row) ? row.weight * (row.verdict === 'unused' ? 1 : 0.5) : 0),
    0,
  );

const groupBy = <Key, Row>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row[]> => {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
};

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
  const share = most <= 1 ? 1 : Math.log1p(uses) / Math.log1p(most);
  return {
    state: stateOf(rows),
    step: uses === 0 ? 0 : Math.min(10, Math.round(3 + share * 7)),
    uses,
    denials: rows.reduce((sum, row) => sum + row.denials, 0),
    granted: rows.filter(isHeld).length,
    used: rows.filter((row) => row.granted && row.uses > 0).length,
    ungranted: rows.some((row) => row.verdict === 'used_not_granted'),
  };
};

const columnsOf = (rows: readonly SurfaceRow[]): { columns: Column[]; grouped: boolean } => {
  const byPermission = groupBy(rows, (row) => row.permission);
  const grouped = byPermission.size > COLUMNS_MAX;
  const keyed = grouped
    ? groupBy(rows, (row) => splitPermission(row.permission).system)
    : byPermission;
  const systemWaste = new Map(
    [...groupBy(rows, (row) => splitPermission(row.permission).system)].map(
      ([system, group]) => [system, wasteOf(group)] as const,
    ),
  );
  const columns = [...keyed].map(([key, group]) => {
    const { system, action } = splitPermission(group[0]?.permission ?? key);
    const column: Column = {
      key,
      system,
      label: grouped ? system : action,
      permission: grouped ? null : key,
      risky: group.some((row) => row.weight >= 10),
    };
    return { column, waste: wasteOf(group) };
  });
  columns.sort(
    (a, b) =>
      (systemWaste.get(b.column.system) ?? 0) - (systemWaste.get(a.column.system) ?? 0) ||
      compareText(a.column.system, b.column.system) ||
      b.waste - a.waste ||
      compareText(a.column.key, b.column.key),
  );
  return { columns: columns.slice(0, COLUMNS_MAX).map(({ column }) => column), grouped };
};

/** The matrix of these rows. Every agent and environment is a line; the worst come first. */
export const matrixOf = (rows: readonly SurfaceRow[]): Matrix => {
  const { columns, grouped } = columnsOf(rows);
  const keyOf = (row: SurfaceRow) =>
    grouped ? splitPermission(row.permission).system : row.permission;
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
  const most = Math.max(
    1,
    ...groups.flatMap(({ group }) =>
      [...groupBy(group, keyOf).values()].map((cell) =>
        cell.reduce((sum, row) => sum + row.uses, 0),
      ),
    ),
  );
  const lines = groups.map(({ key, group, others }): AgentLine => {
    const cells = groupBy(group, keyOf);
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
  return { systems, columns, lines, grouped, most };
};

/** A cell in words: "used 26 times", "granted, never used". */
export const cellInWords = (cell: Cell): string => {
  const words = {
    used: `used ${cell.uses} times`,
    unused: 'granted, never used',
    undetermined: 'granted, not judged yet',
    unobservable: 'granted, unobservable',
    denied: `denied ${cell.denials} times, not granted`,
    none: 'not granted',
  }[cell.state];
  const many = cell.granted > 1 ? `, ${cell.used} of ${cell.granted} used` : '';
  return `${words}${many}${cell.ungranted ? ', used without a grant' : ''}`;
};
