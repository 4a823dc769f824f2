// The columns of the surface matrix: permissions where they fit, else groups of them by system, words and risk.
import type { SurfaceRow } from '../../server/api/contract.ts';
import type { Params } from './api.ts';
import { counted } from './format.ts';
import { plain } from './marks.ts';

export interface Column {
  readonly key: string;
  readonly system: string;
  readonly label: string;
  /** The permission, or null where the column stands for several. */
  readonly permission: string | null;
  /** Permissions behind it. */
  readonly count: number;
  /** What the address calls the group, or null where the column cannot be opened. */
  readonly open: string | null;
  /** What all names behind it begin with, for a search. */
  readonly search: string;
  /** Weight 10: destructive, external, execute, share or credential. */
  readonly risky: boolean;
}

/** More columns than this are grouped: 60 cells and their labels fill the widest screens. */
export const COLUMNS_MAX = 60;
/** Groups are drawn to be read and opened: about half as many as single permissions. */
export const GROUPS_MAX = 30;

/** A system is split in part only where this many columns are left for it. */
const PARTS_MIN = 3;

/** Stands before a risk in a group's path; no word begins with it. */
const RISK_MARK = '~';

type Path = readonly string[];
interface Group {
  readonly path: Path;
  readonly rows: readonly SurfaceRow[];
  readonly permissions: number;
  readonly waste: number;
  /** What is left of a group that was split as far as there was room. */
  readonly rest: boolean;
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

/** The words of a permission's action: `read_invoice`, `s3:GetObject` and `mail-send` all have two or more. */
export const wordsOf = (permission: string): readonly string[] =>
  splitPermission(permission)
    .action.split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u)
    .filter((word) => word !== '');

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Weight that is held and not used; what is not proven yet counts half. */
export const wasteOf = (rows: readonly SurfaceRow[]): number =>
  rows.reduce((sum, row) => {
    if (!row.granted || row.uses > 0) return sum;
    return sum + row.weight * (row.verdict === 'unused' ? 1 : 0.5);
  }, 0);

export const groupBy = <Key, Row>(
  rows: readonly Row[],
  key: (row: Row) => Key,
): Map<Key, Row[]> => {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
};

const groupOf = (path: Path, rows: readonly SurfaceRow[], rest = false): Group => ({
  rest,
  path,
  rows,
  permissions: new Set(rows.map((row) => row.permission)).size,
  waste: wasteOf(rows),
});

const depthOf = (path: Path): number =>
  path.filter((part, index) => index > 0 && !part.startsWith(RISK_MARK)).length;

/** The groups inside a group: by the next word in which its names differ, or by risk where that makes too many. */
const partsOf = (group: Group, room: number): Group[] => {
  const { path, rows } = group;
  if (path.length === 0)
    return [...groupBy(rows, (row) => splitPermission(row.permission).system)].map(
      ([system, some]) => groupOf([system], some),
    );
  const depth = depthOf(path);
  const byWord = groupBy(rows, (row) => wordsOf(row.permission)[depth] ?? '');
  if (byWord.size === 1 && !byWord.has(''))
    return partsOf(groupOf([...path, [...byWord.keys()][0] ?? ''], rows), room);
  const byRisk = groupBy(rows, (row) => row.risk);
  if (byWord.size > room && byRisk.size > 1 && !path.some((part) => part.startsWith(RISK_MARK)))
    return [...byRisk].map(([risk, some]) => groupOf([...path, RISK_MARK + risk], some));
  return [...byWord].flatMap(([word, some]) =>
    // Names that end here, or differ in their signs only, stand for themselves.
    word === ''
      ? [...groupBy(some, (row) => row.permission).values()].map((one) => groupOf(path, one))
      : [groupOf([...path, word], some)],
  );
};

/** The heaviest of these groups, and one of all the others where they are more than `room`. */
const lumped = (groups: readonly Group[], path: Path, room: number): Group[] => {
  if (groups.length <= room) return [...groups];
  const sorted = groups.toSorted((a, b) => b.waste - a.waste || b.permissions - a.permissions);
  const others = sorted.splice(room - 1).flatMap((group) => group.rows);
  return [...sorted, groupOf(path, others, true)];
};

/** Groups, the worst split first, until no more fit; one takes at most half of what room is left. */
const split = (root: Group, room: number): Group[] => {
  const groups = lumped(partsOf(root, room), root.path, room);
  const whole = new Set<Group>(groups.filter((group) => group.rest));
  for (;;) {
    const next = groups
      .filter((group) => group.permissions > 1 && !whole.has(group))
      .toSorted((a, b) => b.waste - a.waste || b.permissions - a.permissions)[0];
    if (next === undefined) return groups;
    const left = room - groups.length;
    const parts = partsOf(next, room);
    // A system's name says little; a few words of it do, but not a few of hundreds of single permissions.
    const partly =
      next.path.length === 1 && left >= PARTS_MIN && parts.length <= next.permissions / 2;
    const taken =
      parts.length <= left + 1
        ? parts
        : partly
          ? lumped(parts, next.path, 1 + Math.ceil(left / 2))
          : [next];
    for (const group of taken) if (group.rest || group === next) whole.add(group);
    groups.splice(groups.indexOf(next), 1, ...taken);
  }
};

const commonStart = (names: readonly string[]): string => {
  const sorted = names.toSorted(compareText);
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  return first.slice(0, length);
};

const labelOf = (path: Path): string => {
  const words = path.slice(1).filter((part) => !part.startsWith(RISK_MARK));
  if (words.length > 0) return `${words.join('_')}*`;
  return path.find((part) => part.startsWith(RISK_MARK))?.slice(1) ?? 'all';
};

const columnOf = (group: Group, root: Path): Column => {
  const names = [...new Set(group.rows.map((row) => row.permission))];
  const [first = ''] = names;
  const { system, action } = splitPermission(first);
  const single = names.length === 1;
  return {
    key: single ? first : group.path.join(' ') + (group.rest ? ' …' : ''),
    system: group.path[0] === undefined && !single ? 'others' : system,
    label: single ? action : group.rest ? 'others' : labelOf(group.path),
    permission: single ? first : null,
    count: names.length,
    open: single || group.path.length === root.length ? null : group.path.join(' '),
    search: single ? first : commonStart(names),
    risky: group.rows.some((row) => row.weight >= 10),
  };
};

/** The rows of the group that the address names, with its path; all rows where there is no such group. */
export const openedOf = (
  rows: readonly SurfaceRow[],
  open: string | null,
): { readonly rows: readonly SurfaceRow[]; readonly path: Path } => {
  const path = (open ?? '').split(' ').filter((part) => part !== '');
  if (path.length === 0) return { rows, path: [] };
  const inside = rows.filter((row) => {
    if (splitPermission(row.permission).system !== path[0]) return false;
    const words = wordsOf(row.permission);
    let depth = 0;
    return path
      .slice(1)
      .every((part) =>
        part.startsWith(RISK_MARK) ? row.risk === part.slice(1) : words[depth++] === part,
      );
  });
  return inside.length === 0 ? { rows, path: [] } : { rows: inside, path };
};

/** What the address opens to look at one permission alone. */
export const pathOfPermission = (permission: string): string =>
  [splitPermission(permission).system, ...wordsOf(permission)].join(' ');

/** The API takes a filter this many times, and an address is safe to this length. */
const VALUES_MAX = 100;
const NAMES_LENGTH_MAX = 4000;

/** An opened group as the API's filter, for exports: its permissions by name, or by what their names begin with. */
export const openedParams = (all: readonly SurfaceRow[], open: string | null): Params => {
  const { rows, path } = openedOf(all, open);
  if (path.length === 0) return {};
  const names = [...new Set(rows.map((row) => row.permission))];
  if (names.length <= VALUES_MAX && names.join().length <= NAMES_LENGTH_MAX)
    return { permission: names };
  const risk = path.find((part) => part.startsWith(RISK_MARK))?.slice(1);
  return { matching: commonStart(names), risk };
};

export interface Columns {
  readonly columns: readonly Column[];
  /** True where some column stands for several permissions. */
  readonly grouped: boolean;
  /** The key of the column that a permission is drawn in. */
  readonly keyOf: ReadonlyMap<string, string>;
}

/** The columns of these rows, at most `room`: systems with the most waste first, then the worst within. */
export const columnsOf = (rows: readonly SurfaceRow[], path: Path, room: number): Columns => {
  const root = groupOf(path, rows);
  const fits = root.permissions <= Math.min(room, COLUMNS_MAX);
  const places = Math.max(2, Math.min(room, GROUPS_MAX));
  const groups = fits
    ? [...groupBy(rows, (row) => row.permission).values()].map((one) => groupOf(path, one))
    : split(root, places);
  const systemWaste = new Map<string, number>();
  for (const row of rows) {
    const { system } = splitPermission(row.permission);
    systemWaste.set(system, (systemWaste.get(system) ?? 0) + wasteOf([row]));
  }
  const sorted = groups
    .map((group) => ({ group, column: columnOf(group, path) }))
    .sort(
      (a, b) =>
        (systemWaste.get(b.column.system) ?? 0) - (systemWaste.get(a.column.system) ?? 0) ||
        compareText(a.column.system, b.column.system) ||
        Number(a.group.rest) - Number(b.group.rest) ||
        b.group.waste - a.group.waste ||
        compareText(a.column.key, b.column.key),
    );
  const columns = sorted.map(({ column }) => column);
  const keyOf = new Map<string, string>();
  for (const { group, column } of sorted)
    for (const row of group.rows) keyOf.set(row.permission, column.key);
  return { columns, grouped: columns.some((column) => column.permission === null), keyOf };
};

/** A column in words, for titles and screen readers. */
export const columnInWords = (column: Column): string =>
  column.permission === null
    ? `${plain(column.system)} ${plain(column.label)}, ${counted(column.count, 'permission')}`
    : plain(column.permission);

/** The parts of an opened group's path as a reader sees them. */
export const pathInWords = (path: Path): { readonly open: string; readonly label: string }[] =>
  path.map((part, index) => ({
    open: path.slice(0, index + 1).join(' '),
    label: part.startsWith(RISK_MARK) ? part.slice(1) : part,
  }));
