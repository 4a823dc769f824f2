// Facts as objects, for tests to write and to compare: one object a span, put into a group's columns and read back.
import type {
  APPROVAL_SPANS,
  CREDENTIAL_SPANS,
  DECISION_SPANS,
  RESOURCE_SPANS,
  SURFACE_SPANS,
} from '../server/model/group.ts';
import { SPANS, type Content, type Group, type Received } from '../server/model/group.ts';
import { addRow, type Page, type RowOf, type Schema, type Table } from '../server/model/table.ts';
import type { Texts } from '../server/model/texts.ts';

type OfRequest =
  'workspace' | 'received_at' | 'attested' | 'journal_segment' | 'journal_offset' | 'journal_index';
type OfSpan = 'workspace' | 'trace_id' | 'span_id' | 'started_at';

export type SpanRow = Omit<RowOf<typeof SPANS>, OfRequest>;
export type DecisionRow = Omit<RowOf<typeof DECISION_SPANS>, OfSpan>;
export type ApprovalRow = Omit<RowOf<typeof APPROVAL_SPANS>, OfSpan>;
export type CredentialRow = Omit<RowOf<typeof CREDENTIAL_SPANS>, OfSpan>;
export type ResourceRow = Omit<RowOf<typeof RESOURCE_SPANS>, OfSpan>;
export type SurfaceRow = Omit<RowOf<typeof SURFACE_SPANS>, OfSpan> & Content;

/** All that one span tells. */
export interface SpanFacts {
  span: SpanRow;
  decision: DecisionRow | null;
  approval: ApprovalRow | null;
  credential: CredentialRow | null;
  surface: SurfaceRow | null;
  resource?: ResourceRow | null;
}

/** Puts facts into the group as those of one request. */
export const addFacts = (group: Group, received: Received, facts: readonly SpanFacts[]): void => {
  const { texts } = group;
  const { workspace, received_at, attested, position } = received;
  const add = <S extends Schema>(table: Table<S>, row: RowOf<S>, of?: number): number => {
    const number = addRow(table, texts, row);
    const page = table.pages().at(-1) as Page<S>;
    page.of[page.rows - 1] = of ?? number;
    return number;
  };
  for (const [i, { span, decision, approval, credential, surface }] of facts.entries()) {
    const number = add(group.spans, {
      ...span,
      workspace,
      received_at,
      attested,
      journal_segment: position.segment,
      journal_offset: position.offset,
      journal_index: i,
    });
    const { trace_id, span_id, started_at } = span;
    const key = { workspace, trace_id, span_id, started_at };
    if (decision !== null) add(group.decisions, { ...key, ...decision }, number);
    if (approval !== null) add(group.approvals, { ...key, ...approval }, number);
    if (credential !== null) add(group.credentials, { ...key, ...credential }, number);
    if (surface !== null) {
      add(group.surfaces, { ...key, ...surface }, number);
      group.contents.set(texts.of(surface.surface_hash), surface);
    }
  }
};

/** What the group holds, span by span. */
export const readFacts = (group: Group): SpanFacts[] => {
  const { texts, contents } = group;
  const beside = <S extends Schema>(table: Table<S>) =>
    new Map(rowsOf(table, texts).map(({ of, row }) => [of, row]));
  const decisions = beside(group.decisions);
  const approvals = beside(group.approvals);
  const credentials = beside(group.credentials);
  const surfaces = beside(group.surfaces);
  const resources = beside(group.resources);
  return rowsOf(group.spans, texts).map(({ of, row }) => {
    const surface = surfaces.get(of);
    const content = surface && contents.get(texts.of(surface.surface_hash ?? ''));
    const { permissions = [] } = content ?? {};
    return {
      span: without(row, OF_REQUEST),
      decision: without(decisions.get(of) ?? null, OF_SPAN_NAMES),
      approval: without(approvals.get(of) ?? null, OF_SPAN_NAMES),
      credential: without(credentials.get(of) ?? null, OF_SPAN_NAMES),
      resource: without(resources.get(of) ?? null, OF_SPAN_NAMES),
      surface: surface ? { ...without(surface, OF_SPAN_NAMES), permissions } : null,
    } as unknown as SpanFacts;
  });
};

const OF_SPAN_NAMES = ['workspace', 'trace_id', 'span_id', 'started_at'];
const OF_REQUEST = Object.keys(SPANS).filter(
  (name) => /^(workspace|received_at|attested)$/.test(name) || name.startsWith('journal_'),
);

const without = (row: object | null, names: readonly string[]): object | null =>
  row && Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));

const rowsOf = <S extends Schema>(table: Table<S>, texts: Texts): { of: number; row: RowOf<S> }[] =>
  table.pages().flatMap((page) =>
    Array.from({ length: page.rows }, (_, row) => ({
      of: page.of[row] as number,
      row: Object.fromEntries(
        Object.entries(table.schema).map(([name, kind]) => [
          name,
          READ[kind](page.columns[name] as ArrayLike<number>, row, texts),
        ]),
      ) as RowOf<S>,
    })),
  );

const hexAt = (words: ArrayLike<number>, row: number, width: number): string | null => {
  const hex = Array.from({ length: width }, (_, word) =>
    (words[width * (row + 1) - 1 - word] ?? 0).toString(16).padStart(8, '0'),
  ).join('');
  return /^0*$/.test(hex) ? null : hex;
};
const numberAt = (values: ArrayLike<number>, row: number): number | null => {
  const value = values[row] ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
};
const textAt = (number: number, texts: Texts): string | null =>
  number === 0 ? null : texts.text(number);

type Read = (column: ArrayLike<number>, row: number, texts: Texts) => unknown;
const READ: Record<Schema[string], Read> = {
  text: (column, row, texts) => textAt(column[row] ?? 0, texts),
  texts: (column, row, texts) => {
    const list = column[row] ?? 0;
    const [first = 0, count = 0] = texts.listPlaces().subarray(2 * list, 2 * list + 2);
    const numbers = texts.items().subarray(first, first + count);
    return list === 0 ? null : Array.from(numbers, (number) => textAt(number, texts));
  },
  uuid: (column, row) => hexAt(column, row, 4),
  id: (column, row) => hexAt(column, row, 2),
  timestamp: numberAt,
  bigint: numberAt,
  ubigint: numberAt,
  uinteger: numberAt,
  utinyint: numberAt,
  boolean: (column, row) => column[row] === 1,
};
