// The columns that a request decodes into, the same from protobuf and JSON; every string stays in `bytes` until it is asked for.

/** Where a string stands in `bytes`: index 2i is its offset, 2i + 1 its length in bytes. */
export type Slices = Uint32Array;

/**
 * How an attribute's value is kept. Lists hold their strings in `item_slices`; maps, and lists with maps or lists
 * in them, are JSON text (`json`); bytes, and nested values that are too long, are not kept (`none`).
 */
export const VALUE = { none: 0, string: 1, bool: 2, int: 3, double: 4, list: 5, json: 6 } as const;
export type ValueKind = (typeof VALUE)[keyof typeof VALUE];

/** Attributes of all owners (spans, or resources) one after the other; owner i has first[i] up to first[i + 1]. */
export interface Attributes {
  first: Uint32Array;
  /** Index into the key list that the reader was made with; keys not listed are left out. */
  key: Uint16Array;
  kind: Uint8Array;
  /** Bool (0 or 1), int or double. Integers beyond 2^53 lose precision. */
  number: Float64Array;
  /** Strings and JSON: the slice of the value. Lists: first item and number of items in `item_slices`. */
  slice: Slices;
  /** Number carried by a numbered key such as `llm.tools.3.tool.json_schema`, else 0. */
  ordinal: Uint32Array;
}

/** One decoded request. Arrays may be longer than their content; `spans` and `resources` say how much counts. */
export interface SpanBatch {
  /**
   * The inflated, redacted request (protobuf) with its nested values as JSON behind it, or the strings of a
   * JSON request one after the other. Always valid UTF-8 where sliced.
   */
  bytes: Uint8Array;
  spans: number;
  resources: number;
  /** 16 bytes a span. */
  trace_id: Uint8Array;
  /** 8 bytes a span. */
  span_id: Uint8Array;
  /** 8 bytes a span, all zero where the span has no parent. */
  parent_span_id: Uint8Array;
  name: Slices;
  trace_state: Slices;
  /** OTLP SpanKind. */
  kind: Uint8Array;
  /** OTLP StatusCode. */
  status_code: Uint8Array;
  /** Microseconds since 1970, clamped to what a TIMESTAMP column holds. */
  started_at: Float64Array;
  ended_at: Float64Array;
  /** Index of the span's resource. */
  resource: Uint32Array;
  /** Name of the instrumentation scope. */
  scope_name: Slices;
  /** Index of the span in the request as it was sent, rejected spans counted. */
  index: Uint32Array;
  attributes: Attributes;
  resource_attributes: Attributes;
  item_slices: Slices;
}

/** What a decoder answers for one request. */
export interface Decoded {
  batch: SpanBatch;
  /** Spans left out (ids of a wrong length or all zero, too many attributes); answered as partial success. */
  rejected: number;
  /** Why, for the partial success message; '' where none was rejected. */
  rejected_reason: string;
}
