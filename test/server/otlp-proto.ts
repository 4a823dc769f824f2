// The messages of OTLP traces and logs for protobufjs (opentelemetry-proto 1.11), to write and read requests independently of ours.
import protobuf from 'protobufjs';

const PROTO = `
syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4;
  string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10;
  repeated Event events = 11; uint32 dropped_events_count = 12;
  repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message LogsRequest { repeated ResourceLogs resource_logs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message LogRecord {
  fixed64 time_unix_nano = 1; fixed64 observed_time_unix_nano = 11; int32 severity_number = 2; string severity_text = 3;
  AnyValue body = 5; repeated KeyValue attributes = 6; uint32 dropped_attributes_count = 7; fixed32 flags = 8;
  bytes trace_id = 9; bytes span_id = 10; string event_name = 12;
}
message Response { Partial partial_success = 1; }
message Partial { int64 rejected_spans = 1; string error_message = 2; }
message RpcStatus { int32 code = 1; string message = 2; repeated Any details = 3; }
message Any { string type_url = 1; bytes value = 2; }
message RequestInfo { string request_id = 1; }
`;

const root = protobuf.parse(PROTO).root;
const request = root.lookupType('Request');
const logsRequest = root.lookupType('LogsRequest');

type Json = Record<string, unknown>;

/** Ids as hex in JSON, as bytes in protobuf. */
const withBytes = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) return value.map((item) => withBytes(item));
  if (typeof value === 'string' && ['traceId', 'spanId', 'parentSpanId'].includes(name)) {
    return Buffer.from(value, 'hex');
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withBytes(inner, key)]),
  );
};

/** A request given as OTLP JSON, in protobuf. */
export const encodeRequest = (json: Json): Uint8Array =>
  new Uint8Array(request.encode(request.fromObject(withBytes(json) as Json)).finish());

/** The same for logs. */
export const encodeLogsRequest = (json: Json): Uint8Array =>
  new Uint8Array(logsRequest.encode(logsRequest.fromObject(withBytes(json) as Json)).finish());

/** Logs in protobuf as plain values. Throws where protobufjs cannot read them. */
export const decodeLogsRequest = (bytes: Uint8Array): Json =>
  logsRequest.toObject(logsRequest.decode(bytes), { longs: String, bytes: Array });

/** A request in protobuf as plain values: ids hex, 64-bit integers as strings. */
export const decodeRequest = (bytes: Uint8Array): Json =>
  request.toObject(request.decode(bytes), { longs: String, bytes: Array });

/** The request's id in the first detail of a Status. */
export const requestIdIn = (bytes: Uint8Array): string => {
  const status = root.lookupType('RpcStatus');
  const info = root.lookupType('RequestInfo');
  const { details } = status.toObject(status.decode(bytes)) as { details: { value: Uint8Array }[] };
  return (info.decode(details[0]?.value ?? new Uint8Array()).toJSON() as { requestId: string })
    .requestId;
};

export const decodeStatus = (bytes: Uint8Array): Json =>
  root.lookupType('RpcStatus').decode(bytes).toJSON();

export const decodeResponse = (bytes: Uint8Array): Json =>
  root.lookupType('Response').decode(bytes).toJSON();
