// One span of a batch as a plain object: for tests and for people, never on the way of a request.
import { type Attributes, type SpanBatch, VALUE } from './batch.ts';

export type MaterialisedValue = string | number | boolean | null | string[];

/** Ids are lower-case hex, instants microseconds since 1970, a parent is '' where there is none. */
export interface MaterialisedSpan {
  trace_id: string;
  span_id: string;
  parent_span_id: string;
  name: string;
  trace_state: string;
  kind: number;
  status_code: number;
  started_at: number;
  ended_at: number;
  scope_name: string;
  index: number;
  resource: Record<string, MaterialisedValue>;
  attributes: Record<string, MaterialisedValue>;
}

/** Span number `row` of a batch; `keys` are those that the reader was made with. */
export const materialise = (
  batch: SpanBatch,
  row: number,
  keys: readonly string[],
): MaterialisedSpan => {
  const hex = (column: Uint8Array, size: number): string =>
    Buffer.from(column.subarray(row * size, row * size + size)).toString('hex');
  const text = (column: Uint32Array): string => textAt(batch, column, row);
  const parent = hex(batch.parent_span_id, 8);
  const resource = batch.resource[row] as number;
  return {
    trace_id: hex(batch.trace_id, 16),
    span_id: hex(batch.span_id, 8),
    parent_span_id: /[^0]/.test(parent) ? parent : '',
    name: text(batch.name),
    trace_state: text(batch.trace_state),
    kind: batch.kind[row] as number,
    status_code: batch.status_code[row] as number,
    started_at: batch.started_at[row] as number,
    ended_at: batch.ended_at[row] as number,
    scope_name: text(batch.scope_name),
    index: batch.index[row] as number,
    resource: attributesOf(batch, batch.resource_attributes, resource, keys),
    attributes: attributesOf(batch, batch.attributes, row, keys),
  };
};

const textAt = (batch: SpanBatch, slices: Uint32Array, at: number): string => {
  const start = slices[at * 2] as number;
  const length = slices[at * 2 + 1] as number;
  return Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + start, length).toString();
};

/** By key, with the number of a numbered key in its place; of a key told twice the last counts. */
const attributesOf = (
  batch: SpanBatch,
  attributes: Attributes,
  owner: number,
  keys: readonly string[],
): Record<string, MaterialisedValue> => {
  const entries: [string, MaterialisedValue][] = [];
  const end = attributes.first[owner + 1] as number;
  for (let row = attributes.first[owner] as number; row < end; row++) {
    const key = keys[attributes.key[row] as number] ?? '';
    const ordinal = String(attributes.ordinal[row]);
    entries.push([key.replace('*', ordinal), valueOf(batch, attributes, row)]);
  }
  return Object.fromEntries(entries);
};

const valueOf = (batch: SpanBatch, attributes: Attributes, row: number): MaterialisedValue => {
  const number = attributes.number[row] as number;
  switch (attributes.kind[row]) {
    case VALUE.string:
    case VALUE.json:
      return textAt(batch, attributes.slice, row);
    case VALUE.bool:
      return number === 1;
    case VALUE.int:
    case VALUE.double:
      return number;
    case VALUE.list: {
      const first = attributes.slice[row * 2] as number;
      const count = attributes.slice[row * 2 + 1] as number;
      return Array.from({ length: count }, (_, i) => textAt(batch, batch.item_slices, first + i));
    }
    default:
      return null;
  }
};
