// Rows of a table as columns, in pages of as many rows as the engine takes at once.
import type { Texts } from './texts.ts';

/** Rows of a page: one of the engine's vectors. */
export const PAGE_ROWS = 2048;

/** What a column holds, and how; a column that may be null has a value that stands for it. */
export type Kind =
  | 'text' // number of a text, NO_TEXT is null
  | 'texts' // number of a list of texts, 0 is null
  | 'uuid' // four words, the least significant first, all zero is null
  | 'id' // two words, likewise
  | 'timestamp' // microseconds since 1970, NaN is null
  | 'bigint' // whole number, NaN is null
  | 'ubigint'
  | 'uinteger'
  | 'utinyint'
  | 'boolean'; // 0 or 1

/** A table's columns in its order. */
export type Schema = Readonly<Record<string, Kind>>;

interface Arrays {
  text: Uint32Array;
  texts: Uint32Array;
  uuid: Uint32Array;
  id: Uint32Array;
  timestamp: Float64Array;
  bigint: Float64Array;
  ubigint: Float64Array;
  uinteger: Uint32Array;
  utinyint: Uint8Array;
  boolean: Uint8Array;
}

export type Columns<S extends Schema> = { [Name in keyof S]: Arrays[S[Name]] };

export interface Page<S extends Schema> {
  /** Rows written; whoever writes one counts it. */
  rows: number;
  /** Rows of pages before this one. */
  first: number;
  columns: Columns<S>;
  /** Row of the span that each row tells of, for tables beside the spans. */
  of: Uint32Array;
}

export interface Table<S extends Schema> {
  schema: S;
  /** The pages in use. */
  pages(): readonly Page<S>[];
  rows(): number;
  /** A page with room for a row. */
  open(): Page<S>;
  /** Takes back all rows from number `rows` on. */
  cut(rows: number): void;
  /** Leaves out the rows of spans that are `gone`; the others keep their order. */
  leaveOut(gone: Uint8Array): void;
}

/** Words, numbers or bytes of one value. */
export const WIDTH: Readonly<Record<Kind, number>> = {
  text: 1,
  texts: 1,
  uuid: 4,
  id: 2,
  timestamp: 1,
  bigint: 1,
  ubigint: 1,
  uinteger: 1,
  utinyint: 1,
  boolean: 1,
};

const arrayOf = (kind: Kind): Arrays[Kind] => {
  const length = WIDTH[kind] * PAGE_ROWS;
  if (kind === 'timestamp' || kind === 'bigint' || kind === 'ubigint')
    return new Float64Array(length);
  return kind === 'utinyint' || kind === 'boolean'
    ? new Uint8Array(length)
    : new Uint32Array(length);
};

/** Pages are used again after `cut(0)`, so every row must write all its columns. */
export const createTable = <S extends Schema>(schema: S): Table<S> => {
  const pages: Page<S>[] = [];
  let used = 0;
  const rows = (): number => {
    const last = pages[used - 1];
    return last === undefined ? 0 : last.first + last.rows;
  };
  const addPage = (): Page<S> => {
    const first = rows();
    const page = pages[used] ?? {
      rows: 0,
      first,
      columns: Object.fromEntries(
        Object.entries(schema).map(([name, kind]) => [name, arrayOf(kind)]),
      ) as Columns<S>,
      of: new Uint32Array(PAGE_ROWS),
    };
    page.rows = 0;
    page.first = first;
    pages[used] = page;
    used += 1;
    return page;
  };
  return {
    schema,
    pages: () => pages.slice(0, used),
    rows,
    open() {
      const last = pages[used - 1];
      return last === undefined || last.rows === PAGE_ROWS ? addPage() : last;
    },
    cut(to) {
      used = Math.ceil(to / PAGE_ROWS);
      const last = pages[used - 1];
      if (last !== undefined) last.rows = to - last.first;
    },
    leaveOut(gone) {
      let first = 0;
      for (const page of pages.slice(0, used)) {
        leaveOutOf(page, schema, gone);
        page.first = first;
        first += page.rows;
      }
    },
  };
};

const leaveOutOf = <S extends Schema>(page: Page<S>, schema: S, gone: Uint8Array): void => {
  let kept = 0;
  for (let row = 0; row < page.rows; row += 1) {
    if (gone[page.of[row] as number] === 1) continue;
    if (kept < row) {
      page.of[kept] = page.of[row] as number;
      for (const [name, kind] of Object.entries(schema)) {
        const width = WIDTH[kind];
        (page.columns[name] as Arrays[Kind]).copyWithin(
          kept * width,
          row * width,
          (row + 1) * width,
        );
      }
    }
    kept += 1;
  }
  page.rows = kept;
};

/** A table of its own with the rows of the spans that are `wanted`, in their order. */
export const pick = <S extends Schema>(table: Table<S>, wanted: Uint8Array): Table<S> => {
  const picked = createTable(table.schema);
  for (const page of table.pages()) {
    for (let row = 0; row < page.rows; row += 1) {
      if (wanted[page.of[row] as number] !== 1) continue;
      const to = picked.open();
      for (const [name, kind] of Object.entries(table.schema)) {
        const width = WIDTH[kind];
        const from = (page.columns[name] as Arrays[Kind]).subarray(row * width, (row + 1) * width);
        (to.columns[name] as Arrays[Kind]).set(from, to.rows * width);
      }
      to.rows += 1;
    }
  }
  return picked;
};

/** Values as people write them. */
interface Values {
  text: string | null;
  texts: readonly string[] | null;
  /** 32 hex digits. */
  uuid: string | null;
  /** 16 hex digits. */
  id: string | null;
  timestamp: number | null;
  bigint: number | null;
  ubigint: number;
  uinteger: number;
  utinyint: number;
  boolean: boolean;
}

export type RowOf<S extends Schema> = { -readonly [Name in keyof S]: Values[S[Name]] };

/** Adds a row written as an object; for the tables that few rows go into. Returns its number. */
export const addRow = <S extends Schema>(table: Table<S>, texts: Texts, row: RowOf<S>): number => {
  const page = table.open();
  for (const [name, kind] of Object.entries(table.schema)) {
    const column = page.columns[name] as Arrays[Kind];
    const value = row[name] as Values[Kind];
    if (kind === 'uuid' || kind === 'id') {
      const width = WIDTH[kind];
      for (let word = 0; word < width; word += 1) {
        const at = 8 * (width - 1 - word);
        const digits = value === null ? '0' : (value as string).slice(at, at + 8);
        column[width * page.rows + word] = Number.parseInt(digits, 16);
      }
    } else column[page.rows] = numberOf(value, texts);
  }
  page.rows += 1;
  return page.first + page.rows - 1;
};

const numberOf = (value: Values[Kind], texts: Texts): number => {
  if (typeof value === 'string') return texts.of(value);
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  // In a column of numbers this is told apart from zero; in one of words it becomes zero.
  return value === null ? Number.NaN : texts.list(value.map((text) => texts.of(text)));
};

/** The 32 hex digits of the trace id in a column of words. */
export const hexOf = (words: Uint32Array, row: number): string => {
  let hex = '';
  for (let word = 3; word >= 0; word -= 1) {
    hex += (words[4 * row + word] as number).toString(16).padStart(8, '0');
  }
  return hex;
};
