// Moves a batch to another thread: its buffers go over without being copied where they are its own.
import { isMarkedAsUntransferable } from 'node:worker_threads';
import type { Attributes, SpanBatch } from '../otlp/batch.ts';

/** Bytes that a batch holds, as far as they count for back-pressure. */
export const batchBytes = (batch: SpanBatch): number =>
  batch.bytes.length + batch.spans * SPAN_BYTES;

/** Columns and facts of one span, roughly; its text is counted apart. */
const SPAN_BYTES = 512;
/** A view of a buffer this much larger than itself is copied: the whole buffer would travel with it. */
const WASTE_MAX = 2;

/** The batch as it can be posted, with the buffers to transfer. Afterwards the batch given is not to be used. */
export const transferOf = (batch: SpanBatch): { value: SpanBatch; transfer: ArrayBuffer[] } => {
  const transfer = new Set<ArrayBuffer>();
  const own = <View extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(
    view: View,
  ): View => {
    const { buffer } = view;
    const mine =
      buffer instanceof ArrayBuffer &&
      !isMarkedAsUntransferable(buffer) &&
      buffer.byteLength <= WASTE_MAX * view.byteLength;
    if (mine) {
      transfer.add(buffer);
      return view;
    }
    const copy = copyOf(view);
    if (copy.buffer instanceof ArrayBuffer) transfer.add(copy.buffer);
    return copy;
  };
  const attributes = (columns: Attributes): Attributes => ({
    first: own(columns.first),
    key: own(columns.key),
    kind: own(columns.kind),
    number: own(columns.number),
    slice: own(columns.slice),
    ordinal: own(columns.ordinal),
  });
  const value: SpanBatch = {
    bytes: own(batch.bytes),
    spans: batch.spans,
    resources: batch.resources,
    trace_id: own(batch.trace_id),
    span_id: own(batch.span_id),
    parent_span_id: own(batch.parent_span_id),
    name: own(batch.name),
    trace_state: own(batch.trace_state),
    kind: own(batch.kind),
    status_code: own(batch.status_code),
    started_at: own(batch.started_at),
    ended_at: own(batch.ended_at),
    resource: own(batch.resource),
    scope_name: own(batch.scope_name),
    index: own(batch.index),
    attributes: attributes(batch.attributes),
    resource_attributes: attributes(batch.resource_attributes),
    item_slices: own(batch.item_slices),
  };
  return { value, transfer: [...transfer] };
};

/** A copy with a buffer of its own; a Buffer's own `slice` would share it. */
const copyOf = <View extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(
  view: View,
): View => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const buffer = Uint8Array.from(bytes).buffer;
  if (view instanceof Uint8Array) return new Uint8Array(buffer) as View;
  if (view instanceof Uint16Array) return new Uint16Array(buffer) as View;
  if (view instanceof Uint32Array) return new Uint32Array(buffer) as View;
  return new Float64Array(buffer) as View;
};
