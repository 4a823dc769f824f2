// Growing typed-array columns: what both decoders write into, handed out as a SpanBatch.
import type { Attributes, SpanBatch } from './batch.ts';
import type { NestedTexts } from './nested.ts';

/** How much is set aside at first; columns grow where a request holds more. */
export interface Estimate {
  spans: number;
  resources: number;
  attributes: number;
  items: number;
}

/** The batch under construction; `attributes_used` and the like say how much is written. */
export interface Columns {
  batch: SpanBatch;
  attributes_used: number;
  resource_attributes_used: number;
  items_used: number;
  /** Nested values of a protobuf request, once there is one. */
  nested?: NestedTexts;
}

/** Resource attributes set aside for one resource: SDKs send about ten, of which few are listed. */
const RESOURCE_ATTRIBUTES = 8;

export const createColumns = (
  bytes: Uint8Array,
  { spans, resources, attributes, items }: Estimate,
): Columns => ({
  batch: {
    bytes,
    spans: 0,
    resources: 0,
    trace_id: new Uint8Array(spans * 16),
    span_id: new Uint8Array(spans * 8),
    parent_span_id: new Uint8Array(spans * 8),
    name: new Uint32Array(spans * 2),
    trace_state: new Uint32Array(spans * 2),
    kind: new Uint8Array(spans),
    status_code: new Uint8Array(spans),
    started_at: new Float64Array(spans),
    ended_at: new Float64Array(spans),
    resource: new Uint32Array(spans),
    scope_name: new Uint32Array(spans * 2),
    index: new Uint32Array(spans),
    attributes: createAttributes(spans, attributes),
    resource_attributes: createAttributes(resources, resources * RESOURCE_ATTRIBUTES),
    item_slices: new Uint32Array(items * 2),
  },
  attributes_used: 0,
  resource_attributes_used: 0,
  items_used: 0,
});

const createAttributes = (owners: number, attributes: number): Attributes => ({
  first: new Uint32Array(owners + 1),
  key: new Uint16Array(attributes),
  kind: new Uint8Array(attributes),
  number: new Float64Array(attributes),
  slice: new Uint32Array(attributes * 2),
  ordinal: new Uint32Array(attributes),
});

/** Makes room for attribute number `at`, twice as much as before where there is none. */
export const roomForAttribute = (attributes: Attributes, at: number): void => {
  if (at < attributes.key.length) return;
  const size = Math.max(64, attributes.key.length * 2);
  attributes.key = grown(attributes.key, new Uint16Array(size));
  attributes.kind = grown(attributes.kind, new Uint8Array(size));
  attributes.number = grown(attributes.number, new Float64Array(size));
  attributes.slice = grown(attributes.slice, new Uint32Array(size * 2));
  attributes.ordinal = grown(attributes.ordinal, new Uint32Array(size));
};

/** Puts one item of a list behind the others. */
export const pushItem = (columns: Columns, offset: number, length: number): void => {
  const at = columns.items_used * 2;
  const { batch } = columns;
  if (at + 2 > batch.item_slices.length) {
    const size = Math.max(128, batch.item_slices.length * 2);
    batch.item_slices = grown(batch.item_slices, new Uint32Array(size));
  }
  batch.item_slices[at] = offset;
  batch.item_slices[at + 1] = length;
  columns.items_used += 1;
};

const grown = <A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(
  from: A,
  to: A,
): A => {
  to.set(from);
  return to;
};
